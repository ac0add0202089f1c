/** Inputs and their expected answers: each is the valid input of an operation with one change, the only thing to reject. */
import type { OperationKey } from '../../../src/contract/model.ts';
import type { IntegerShape, ListShape, MapShape, StringShape } from '../../../src/contract/shape.ts';
import { boundedShape } from '../bounded-model.ts';
import { getAt, type InputPath, pathsOf, setAt, typeOf } from './input-paths.ts';
import { collective, type Problem, phrases, wrongTypeText } from './refusal-texts.ts';
import { matches, textOfLength, validInput } from './valid-input.ts';

/** Rejected for its type, rejected for the given constraint, or accepted. */
export type Expected = { wrongType: string } | { problem: Problem } | 'accepted';

export interface InputCase {
  title: string;
  input: unknown;
  expected: Expected;
}

/** Longer texts are not matched against patterns (docs/compatibility.md). */
const patternTextLimit = 4096;

interface Change {
  what: string;
  value: unknown;
  /** The expected phrase; absent if the value is valid. */
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

/** Returns every wrong JSON type at every path but the root. */
export function typeCases(operation: OperationKey): InputCase[] {
  const input = validInput(operation);
  return pathsOf(operation)
    .slice(1)
    .flatMap((target) =>
      ['text', 1, true, false, [], {}]
        .filter((value) => !fits[target.shape.type]?.(value))
        .map((value) => ({
          title: `${target.keys.join('.')} = ${JSON.stringify(value)}`,
          input: setAt(input, target.keys, value),
          expected: { wrongType: wrongTypeText(typeOf(target), value) },
        })),
    );
}

/** Returns each constraint broken and just met, and null, unknown and absent members. */
export function constraintCases(operation: OperationKey): InputCase[] {
  const input = validInput(operation);
  return pathsOf(operation).flatMap((target) =>
    changesAt(target, getAt(input, target.keys)).map(({ what, value, phrase }) => ({
      title: `${target.keys.join('.') || 'the input'}: ${what}`,
      input: setAt(input, target.keys, value),
      expected:
        phrase === undefined ? 'accepted' : { problem: { path: target.path, phrase: phraseAt(target, phrase) } },
    })),
  );
}

/** U+0000 is reported separately, even in lists and maps of scalars. */
function phraseAt({ collectivePhrase }: InputPath, phrase: string): string {
  return phrase === phrases.noNull ? phrase : (collectivePhrase ?? phrase);
}

function changesAt(target: InputPath, valid: unknown): Change[] {
  const { shape, keys } = target;
  const changes = [...(keys.length === 0 ? [] : absenceChanges(target))];
  switch (shape.type) {
    case 'structure':
      return [...changes, { what: 'an unknown member', value: { ...(valid as object), noSuchMember: [{ a: null }] } }];
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

function absenceChanges({ keys, isRequired, collectivePhrase }: InputPath): Change[] {
  // A null in a list or map is ignored; without the element the list may be too short.
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
  return [...sizeChanges(shape, ofSize), { what: 'an additional null', value: [...valid, null] }];
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
  return [
    ...sizeChanges(shape, ofSize),
    ...keyChanges,
    { what: 'an additional null', value: { ...valid, other: null } },
  ];
}

function stringChanges(shape: StringShape): Change[] {
  const { min = 0 } = shape;
  const isFree = shape.pattern === undefined && !shape.enum;
  return [
    ...textChanges(shape),
    { what: 'U+0000', value: 'a\u0000b'.padEnd(min, 'c'), phrase: phrases.noNull },
    ...(isFree ? [{ what: 'a lone surrogate', value: 'cut \uD83D'.padStart(min) }] : []),
  ];
}

/** Returns texts at and beyond the bounds, and texts outside the pattern or the value set. */
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
    // If the pattern limits the length too, no longer text matches it.
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

/** Includes a trailing line break, which an unanchored or multi-line match would accept. */
function patternChanges(shape: StringShape, pattern: string): Change[] {
  const valid = textOfLength(shape, Math.max(shape.min ?? 0, 8)) ?? '';
  return [`${valid}\n`, `\n${valid}`, `${valid} `, `${valid}/`, `${valid}é`, `😀${valid}`, 'Zz']
    .filter((text) => !matches(shape, text))
    .map((text) => ({ what: JSON.stringify(text), value: text, phrase: phrases.pattern(pattern) }));
}

/** Fractions are truncated, and numbers beyond 32 bits are clamped (wire 4). */
function integerChanges({ min, max }: IntegerShape): Change[] {
  const changes: Change[] = [{ what: 'a fraction', value: (min || 1) + 0.9 }];
  if (min !== undefined) {
    const phrase = phrases.smallest(min);
    changes.push({ what: 'the minimum', value: min }, { what: 'one less', value: min - 1, phrase });
    changes.push({ what: 'far below', value: -1e300, phrase });
  }
  if (max !== undefined) {
    const phrase = phrases.largest(max);
    changes.push({ what: 'the maximum', value: max }, { what: 'one more', value: max + 1, phrase });
    changes.push({ what: 'the maximum and a fraction', value: max + 0.9 }, { what: 'far above', value: 1e300, phrase });
  } else {
    changes.push({ what: 'far above', value: 1e300 });
  }
  return changes;
}
