/** The texts of rejected inputs, written a second time, independently of the checker (wire 4, 6). */
import { boundedShape } from '../bounded-model.ts';

export const phrases = {
  missing: 'Member must not be null',
  longest: (max: number) => `Member must have length less than or equal to ${max}`,
  shortest: (min: number) => `Member must have length greater than or equal to ${min}`,
  largest: (max: number) => `Member must have value less than or equal to ${max}`,
  smallest: (min: number) => `Member must have value greater than or equal to ${min}`,
  pattern: (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`,
  values: (values: string[]) => `Member must satisfy enum value set: [${values.toSorted().join(', ')}]`,
  noNull: 'Member must not contain the character U+0000',
};

/** Returns the phrases of every constraint of a scalar: maximum, minimum, pattern, value set. */
function scalarPhrases(shapeName: string): string[] {
  const shape = boundedShape(shapeName);
  if (shape.type !== 'string') return [];
  const { max, min, pattern, enum: values } = shape;
  return [
    ...(max === undefined ? [] : [phrases.longest(max)]),
    ...(min ? [phrases.shortest(min)] : []),
    ...(pattern === undefined ? [] : [phrases.pattern(pattern)]),
    ...(values === undefined ? [] : [phrases.values(values)]),
  ];
}

/** The phrases for lists of scalars, keys and values of maps: all constraints of the element, whichever is broken. */
export const collective = {
  element: (shapeName: string) => `Member must satisfy constraint: [${scalarPhrases(shapeName).join(', ')}]`,
  key: (shapeName: string) => `Map keys must satisfy constraint: [${scalarPhrases(shapeName).join(', ')}]`,
  value: (shapeName: string) => `Map value must satisfy constraint: [${scalarPhrases(shapeName).join(', ')}]`,
};

export type JsonType = 'structure' | 'map' | 'list' | 'string' | 'integer' | 'boolean' | 'timestamp';

const wanted = {
  string: 'a String',
  integer: 'an Integer',
  boolean: 'a Boolean',
  timestamp: 'milliseconds since epoch',
};
const expected = { list: 'Expected list or null', structure: 'Expected null', map: 'Expected map or null' };

/** Returns the message for a value of the wrong type (wire 4). */
export function wrongTypeText(type: JsonType, given: unknown): string {
  const takesObjects = type === 'structure' || type === 'map';
  if (Array.isArray(given)) return 'Start of list found where not expected';
  if (typeof given === 'object' && !takesObjects) return 'Start of structure or map found where not expected.';
  if (takesObjects || type === 'list') return expected[type];
  const token = typeof given === 'boolean' ? String(given).toUpperCase() : (typeof given).toUpperCase();
  return `${token}_VALUE can not be converted to ${wanted[type]}`;
}

export interface Problem {
  path: string;
  phrase: string;
}

/** Parses the problems of a validation message; undefined if it is malformed or its count is wrong. */
export function readProblems(message: string): Problem[] | undefined {
  const [, count, word, rest = ''] = /^(\d+) validation (errors?) detected: (.*)$/s.exec(message) ?? [];
  const problems = rest.split(/; (?=Value at ')/).map((text) => {
    const [, path = '', phrase = ''] = /^Value at '(.*?)' failed to satisfy constraint: (.*)$/s.exec(text) ?? [];
    return { path, phrase };
  });
  const isRight = problems.length === Number(count) && word === (problems.length === 1 ? 'error' : 'errors');
  return isRight && problems.every(({ path, phrase }) => path !== '' && phrase !== '') ? problems : undefined;
}
