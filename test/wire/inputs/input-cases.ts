/**
 * What to send, and what has to come back: every case is the valid input of an operation with one thing changed, so
 * that whatever is refused is refused for that.
 */
import type { IntegerShape, ListShape, MapShape, OperationName, StringShape } from '../../../src/contract/model.ts';
import { boundedShape } from '../bounded-model.ts';
import { type Place, placesOf, put, take, typeOf } from './input-paths.ts';
import { collective, type Problem, phrases, wrongTypeText } from './refusal-texts.ts';
import { matches, textOfLength, validInput } from './valid-input.ts';

/** Refused for its type, refused for the constraint named, or not refused by the check of the input. */
export type Expected = { wrongType: string } | { problem: Problem } | 'admitted';

export interface InputCase {
  title: string;
  input: unknown;
  expected: Expected;
}

/** The longest text a pattern is tried on (docs/compatibility.md). */
const patternTextLimit = 4096;

interface Change {
  what: string;
  value: unknown;
  /** The phrase that must be there; without one the value is admitted. */
  phrase?: string;
}

const fits: Record<string, (value: unknown) => boolean> = {
  structure: (value) => typeof value === 'object' && !Array.isArray(value),
  map: (value) => typeof value === 'object' && !Array.isArray(value),
  list: (value) => Array.isArray(value),
  string: (value) => typeof value === 'string',
  integer: (value) => typeof value === 'number',
  timestamp: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
};

/** Every wrong JSON type at every place but the body itself, which has a test of its own. */
export function typeCases(operation: OperationName): InputCase[] {
  const input = validInput(operation);
  return placesOf(operation)
    .slice(1)
    .flatMap((place) =>
      ['text', 1, true, false, [], {}]
        .filter((value) => !fits[place.shape.type]?.(value))
        .map((value) => ({
          title: `${place.keys.join('.')} = ${JSON.stringify(value)}`,
          input: put(input, place.keys, value),
          expected: { wrongType: wrongTypeText(typeOf(place), value) },
        })),
    );
}

/** Each constraint broken, and each of its bounds kept; nulls, strangers and absent members. */
export function constraintCases(operation: OperationName): InputCase[] {
  const input = validInput(operation);
  return placesOf(operation).flatMap((place) =>
    changesAt(place, take(input, place.keys)).map(({ what, value, phrase }) => ({
      title: `${place.keys.join('.') || 'the input'}: ${what}`,
      input: put(input, place.keys, value),
      expected: phrase === undefined ? 'admitted' : { problem: { path: place.path, phrase: phraseAt(place, phrase) } },
    })),
  );
}

/** U+0000 is reported by itself, beside what a list or map says of its scalars. */
function phraseAt({ collectivePhrase }: Place, phrase: string): string {
  return phrase === phrases.noNull ? phrase : (collectivePhrase ?? phrase);
}

function changesAt(place: Place, valid: unknown): Change[] {
  const { shape, keys } = place;
  const changes = [...(keys.length === 0 ? [] : absenceChanges(place))];
  switch (shape.type) {
    case 'structure':
      return [...changes, { what: 'a stranger', value: { ...(valid as object), noSuchMember: [{ a: null }] } }];
    case 'list':
      return [...changes, ...listChanges(shape, valid as unknown[])];
    case 'map':
      return [...changes, ...mapChanges(shape, valid as Record<string, unknown>)];
    case 'string':
      return [...changes, ...stringChanges(shape)];
    case 'integer':
      return [...changes, ...integerChanges(shape)];
    case 'boolean':
      return [...changes, { what: 'true', value: true }];
    case 'timestamp':
      return [...changes, ...[0, -1, 1e9, 1790862132.456].map((value) => ({ what: String(value), value }))];
  }
}

function absenceChanges({ keys, isRequired, collectivePhrase }: Place): Change[] {
  // A null in a list or map counts as nothing there; taken away, the list may be too short.
  if (typeof keys.at(-1) === 'number' || collectivePhrase !== undefined) return [];
  const phrase = isRequired ? phrases.missing : undefined;
  return [
    { what: 'absent', value: undefined, phrase },
    { what: 'null', value: null, phrase },
  ];
}

function sizeChanges({ min = 0, max }: ListShape | MapShape, ofSize: (size: number) => unknown): Change[] {
  const changes: Change[] = [];
  const change = (size: number, phrase?: string) =>
    changes.push({ what: `${size} entries`, value: ofSize(size), phrase });
  change(min);
  if (min > 0) change(min - 1, phrases.shortest(min));
  if (max !== undefined) {
    change(max);
    change(max + 1, phrases.longest(max));
  } else {
    change(60);
  }
  return changes;
}

function listChanges(shape: ListShape, valid: unknown[]): Change[] {
  const ofSize = (size: number) => Array.from({ length: size }, () => valid[0]);
  return [...sizeChanges(shape, ofSize), { what: 'a null besides', value: [...valid, null] }];
}

function mapChanges(shape: MapShape, valid: Record<string, unknown>): Change[] {
  const keyShape = boundedShape(shape.key.shape) as StringShape;
  const [entry] = Object.values(valid);
  const keyed = (text: string | undefined) => ({ [text ?? '']: entry });
  const ofSize = (size: number) =>
    Object.fromEntries(Array.from({ length: size }, (_, index) => [`key-${index}`, entry]));
  const keyChanges = [
    ...textChanges(keyShape).map(({ what, value, phrase }) => ({
      what: `key ${what}`,
      value: keyed(value as string),
      phrase: phrase && collective.key(shape.key.shape),
    })),
    { what: 'a key with U+0000', value: keyed('ke\u0000y'), phrase: phrases.noNull },
  ];
  return [...sizeChanges(shape, ofSize), ...keyChanges, { what: 'a null besides', value: { ...valid, other: null } }];
}

function stringChanges(shape: StringShape): Change[] {
  const isFree = shape.pattern === undefined && !shape.enum;
  return [
    ...textChanges(shape),
    { what: 'U+0000', value: 'a\u0000b', phrase: phrases.noNull },
    ...(isFree ? [{ what: 'half a surrogate pair', value: 'cut \uD83D' }] : []),
  ];
}

/** Texts at and beyond the bounds, and texts the pattern or the value set refuses. */
function textChanges(shape: StringShape): Change[] {
  const { min = 0, max, pattern, enum: values } = shape;
  if (values) {
    const wrong = [`${values[0]} `, String(values[0]).toLowerCase(), '', 'constructor', '__proto__'];
    const right = values.map((value) => ({ what: value, value }));
    return [
      ...right,
      ...wrong
        .filter((value) => !values.includes(value))
        .map((value) => ({ what: `'${value}'`, value, phrase: phrases.values(values) })),
    ];
  }
  const changes: Change[] = [];
  const ofLength = (length: number, phrase?: string) => {
    // When the pattern has a length of its own, nothing is too long but for it.
    const text = textOfLength(shape, length);
    if (text !== undefined) changes.push({ what: `${length} characters`, value: text, phrase });
    else if (phrase) changes.push({ what: `${length} characters`, value: 'a'.repeat(length), phrase });
  };
  if (max !== undefined) {
    ofLength(max);
    ofLength(max + 1, phrases.longest(max));
  } else if (pattern !== undefined && textOfLength(shape, patternTextLimit) !== undefined) {
    ofLength(patternTextLimit);
    ofLength(patternTextLimit + 1, phrases.pattern(pattern));
  } else if (pattern === undefined) {
    ofLength(20_000);
  }
  ofLength(min);
  if (min > 0) ofLength(min - 1, phrases.shortest(min));
  if (pattern !== undefined) changes.push(...patternChanges(shape, pattern));
  return changes;
}

/** A line break at the end is what an unanchored or multi-line match lets through. */
function patternChanges(shape: StringShape, pattern: string): Change[] {
  const valid = textOfLength(shape, Math.max(shape.min ?? 0, 8)) ?? '';
  return [`${valid}\n`, `\n${valid}`, `${valid} `, `${valid}/`, `${valid}é`, `😀${valid}`, 'Zz']
    .filter((text) => !matches(shape, text))
    .map((text) => ({ what: JSON.stringify(text), value: text, phrase: phrases.pattern(pattern) }));
}

/** Fractions are cut off, and numbers beyond 32 bits are taken for the last one within (wire 4). */
function integerChanges({ min, max }: IntegerShape): Change[] {
  const changes: Change[] = [{ what: 'a fraction', value: (min || 1) + 0.9 }];
  if (min !== undefined) {
    const phrase = phrases.smallest(min);
    changes.push({ what: 'the smallest', value: min }, { what: 'one less', value: min - 1, phrase });
    changes.push({ what: 'far below', value: -1e300, phrase });
  }
  if (max !== undefined) {
    const phrase = phrases.largest(max);
    changes.push({ what: 'the largest', value: max }, { what: 'one more', value: max + 1, phrase });
    changes.push({ what: 'the largest and a bit', value: max + 0.9 }, { what: 'far above', value: 1e300, phrase });
  } else {
    changes.push({ what: 'far above', value: 1e300 });
  }
  return changes;
}
