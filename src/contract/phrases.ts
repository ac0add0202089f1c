/**
 * Every text a refused input can carry. Observed at CodePipeline: required, enum, lengths, pattern, map values, the
 * frame around them. From its family of services: the rest (wire 4, 6).
 */

const jsonTokens = new Map<unknown, string>([
  [true, 'TRUE_VALUE'],
  [false, 'FALSE_VALUE'],
]);

/** What a scalar of the wrong type is told; `wanted` is e.g. `an Integer`. */
export function notConvertible(value: unknown, wanted: string): string {
  const token = jsonTokens.get(value) ?? (typeof value === 'string' ? 'STRING_VALUE' : 'NUMBER_VALUE');
  return `${token} can not be converted to ${wanted}`;
}

/** What a list is told where a scalar, a structure or a map belongs. */
export const unexpectedList = 'Start of list found where not expected';

/** What an object is told where a scalar or a list belongs; the full stop is the service's own. */
export const unexpectedObject = 'Start of structure or map found where not expected.';

/** What a scalar is told where a list belongs. */
export const expectedList = 'Expected list or null';

/** What a scalar is told where a structure belongs. */
export const expectedStructure = 'Expected null';

/** What a scalar is told where a map belongs. */
export const expectedMap = 'Expected map or null';

/** The phrase of a missing required member. */
export const notNull = 'Member must not be null';

/**
 * Ours: PostgreSQL text cannot hold U+0000, so it is refused at the edge whichever store is in use. The real service
 * has no such rule.
 */
export const noNullCharacter = 'Member must not contain the character U+0000';

/** The phrase of an upper bound on UTF-16 units, elements or entries. */
export function maxLength(max: number): string {
  return `Member must have length less than or equal to ${max}`;
}

/** The phrase of a lower bound on UTF-16 units, elements or entries. */
export function minLength(min: number): string {
  return `Member must have length greater than or equal to ${min}`;
}

/** Ours: the phrase of an upper bound on bytes of UTF-8. */
export function maxBytes(max: number): string {
  return `Member must have at most ${max} bytes of UTF-8`;
}

/** Ours: the phrase of a number with a fraction, or too large to be exact. */
export const wholeNumber = 'Member must be a whole number';

/** The phrase of an upper bound on an integer. */
export function maxValue(max: number): string {
  return `Member must have value less than or equal to ${max}`;
}

/** The phrase of a lower bound on an integer. */
export function minValue(min: number): string {
  return `Member must have value greater than or equal to ${min}`;
}

/** The phrase of a pattern, which is quoted as the model has it. */
export function matchesPattern(pattern: string): string {
  return `Member must satisfy regular expression pattern: ${pattern}`;
}

/** The phrase of an enum, its values in alphabetical order as in the one recorded sample. */
export function inValueSet(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${[...values].sort().join(', ')}]`;
}

/** The phrase on a list of scalars with a bad element: all constraints of the element, whichever failed. */
export function elementsSatisfy(phrases: readonly string[]): string {
  return `Member must satisfy constraint: [${phrases.join(', ')}]`;
}

/** The phrase on a map with a bad key: all constraints of the key. */
export function keysSatisfy(phrases: readonly string[]): string {
  return `Map keys must satisfy constraint: [${phrases.join(', ')}]`;
}

/** The phrase on a map with a bad value: all constraints of the value. */
export function valuesSatisfy(phrases: readonly string[]): string {
  return `Map value must satisfy constraint: [${phrases.join(', ')}]`;
}

/** One broken constraint; the value is never echoed. */
export function problemAt(path: string, phrase: string): string {
  return `Value at '${path}' failed to satisfy constraint: ${phrase}`;
}

/** The text of the ValidationException that reports `problems`, of which there is at least one. */
export function validationMessage(problems: readonly string[]): string {
  return `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.join('; ')}`;
}
