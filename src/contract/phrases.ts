/**
 * The messages for invalid input. Observed at CodePipeline: required, enum, lengths, pattern, map values and the text
 * around them. The rest is from related services (wire 4, 6).
 */

const jsonTokens = new Map<unknown, string>([
  [true, 'TRUE_VALUE'],
  [false, 'FALSE_VALUE'],
]);

/** Message for a scalar of the wrong type; `wanted` is e.g. `an Integer`. */
export function notConvertible(value: unknown, wanted: string): string {
  const token = jsonTokens.get(value) ?? (typeof value === 'string' ? 'STRING_VALUE' : 'NUMBER_VALUE');
  return `${token} can not be converted to ${wanted}`;
}

/** Message for a list in place of a scalar, structure or map. */
export const unexpectedList = 'Start of list found where not expected';

/** Message for an object in place of a scalar or list; the full stop is AWS's. */
export const unexpectedObject = 'Start of structure or map found where not expected.';

/** Message for a scalar in place of a list. */
export const expectedList = 'Expected list or null';

/** Message for a scalar in place of a structure. */
export const expectedStructure = 'Expected null';

/** Message for a scalar in place of a map. */
export const expectedMap = 'Expected map or null';

/** The phrase of a missing required member. */
export const notNull = 'Member must not be null';

/** Ours, not AWS's: PostgreSQL text cannot hold U+0000, so it is refused with either store. */
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

/** The phrase of a pattern, quoted from the model. */
export function matchesPattern(pattern: string): string {
  return `Member must satisfy regular expression pattern: ${pattern}`;
}

/** The phrase of an enum, with its values in alphabetical order as in the one observed sample. */
export function inValueSet(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${[...values].sort().join(', ')}]`;
}

/** The phrase for a list with an invalid scalar: all constraints of the element, not only the violated ones. */
export function elementsSatisfy(phrases: readonly string[]): string {
  return `Member must satisfy constraint: [${phrases.join(', ')}]`;
}

/** The phrase for a map with an invalid key: all constraints of the key. */
export function keysSatisfy(phrases: readonly string[]): string {
  return `Map keys must satisfy constraint: [${phrases.join(', ')}]`;
}

/** The phrase for a map with an invalid value: all constraints of the value. */
export function valuesSatisfy(phrases: readonly string[]): string {
  return `Map value must satisfy constraint: [${phrases.join(', ')}]`;
}

/** Describes one violated constraint, without the value. */
export function problemAt(path: string, phrase: string): string {
  return `Value at '${path}' failed to satisfy constraint: ${phrase}`;
}

/** Returns the message of a ValidationException for one or more problems. */
export function validationMessage(problems: readonly string[]): string {
  return `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.join('; ')}`;
}
