import { isIP } from 'node:net';
import { parseAddressRange } from '../model/address-range.ts';
import { compileRange } from './numeric-range.ts';
import { PatternError } from './pattern-error.ts';
import { parseWildcard, WildcardError } from './wildcard.ts';

/** A value of an event that has no fields of its own. */
export type Scalar = string | number | boolean | null;

/** A scalar of an event, folded to lower case once for all tests that ignore the case. */
export class Value {
  readonly scalar: Scalar;
  #folded: string | undefined;

  constructor(scalar: Scalar) {
    this.scalar = scalar;
  }

  /** Undefined if it is no text. */
  get text(): string | undefined {
    return typeof this.scalar === 'string' ? this.scalar : undefined;
  }

  get foldedText(): string | undefined {
    this.#folded ??= this.text?.toLowerCase();
    return this.#folded;
  }
}

/** Reports whether a value is one that the pattern names. */
export type ValueTest = (value: Value) => boolean;

/** Sums up the `*` of a pattern's wildcards, since each costs a walk over the text. */
export interface Complexity {
  stars: number;
}

/** More are refused, as the service refuses patterns with many wildcards. */
const mostStars = 64;

/** Comparisons of one value by the member that names them; `exists` is not one, because it asks about the field. */
const comparisons: Record<string, (operand: unknown, complexity: Complexity) => ValueTest> = {
  exactly(operand) {
    const text = textOf(operand, 'exact match');
    return (value) => value.scalar === text;
  },
  prefix: (operand) => affixTest('prefix', operand),
  suffix: (operand) => affixTest('suffix', operand),
  'equals-ignore-case': (operand) => foldedTest(textOf(operand, 'equals-ignore-case match')),
  wildcard: (operand, complexity) => wildcardTest(operand, complexity),
  cidr: (operand) => addressTest(operand),
  numeric(operand) {
    const includes = compileRange(operand);
    return ({ scalar }) => typeof scalar === 'number' && includes(scalar);
  },
  'anything-but': (operand, complexity) => anythingBut(operand, complexity),
};

/** Compiles a comparison such as `{ "prefix": "a" }`; throws PatternError. */
export function compileComparison(name: string, operand: unknown, complexity: Complexity): ValueTest {
  const compile = Object.hasOwn(comparisons, name) ? comparisons[name] : undefined;
  if (!compile) throw new PatternError(`Unrecognized match type ${name}`);
  return compile(operand, complexity);
}

/** Returns the only member of a comparison; throws PatternError if there are more or none. */
export function onlyMember(comparison: object, what = 'Match'): [name: string, operand: unknown] {
  const [member, ...others] = Object.entries(comparison);
  if (!member) throw new PatternError(`${what} expression name not found`);
  if (others.length > 0) throw new PatternError('Only one key allowed in match expression');
  return member;
}

function textOf(operand: unknown, name: string): string {
  if (typeof operand !== 'string') throw new PatternError(`${name} pattern must be a string`);
  return operand;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const affixes = {
  prefix: (text: string | undefined, affix: string) => text?.startsWith(affix) ?? false,
  suffix: (text: string | undefined, affix: string) => text?.endsWith(affix) ?? false,
};

function affixTest(name: 'prefix' | 'suffix', operand: unknown): ValueTest {
  const holds = affixes[name];
  if (!isObject(operand)) {
    const affix = textOf(operand, `${name} match`);
    return (value) => holds(value.text, affix);
  }
  const [form, affix] = onlyMember(operand, name === 'prefix' ? 'Prefix' : 'Suffix');
  if (form !== 'equals-ignore-case') throw new PatternError(`Unsupported ${name} pattern: ${form}`);
  const folded = textOf(affix, 'equals-ignore-case match').toLowerCase();
  return (value) => holds(value.foldedText, folded);
}

function foldedTest(text: string): ValueTest {
  const folded = text.toLowerCase();
  return (value) => value.foldedText === folded;
}

function wildcardTest(operand: unknown, complexity: Complexity): ValueTest {
  const text = textOf(operand, 'wildcard match');
  try {
    const wildcard = parseWildcard(text);
    complexity.stars += wildcard.stars;
    if (complexity.stars > mostStars) {
      throw new PatternError(
        'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
      );
    }
    return (value) => value.text !== undefined && wildcard.matches(value.text);
  } catch (error) {
    if (error instanceof WildcardError) throw new PatternError(error.message);
    throw error;
  }
}

function addressTest(operand: unknown): ValueTest {
  // The service's compiler uses the message of the prefix here.
  const text = textOf(operand, 'prefix match');
  const [address = '', bits = '', ...others] = text.split('/');
  if (!text.includes('/') || others.length > 0) throw new PatternError("Malformed CIDR, one '/' required");
  if (!/^-?\d+$/.test(bits)) throw new PatternError('Malformed CIDR, mask bits must be an integer');
  if (Number(bits) < 0) throw new PatternError('Malformed CIDR, mask bits must not be negative');
  const family = isIP(address);
  if (family === 0) throw new PatternError(`Nonstandard IP address: ${address}`);
  const size = family === 4 ? 32 : 128;
  if (Number(bits) >= size) throw new PatternError(`IPv${family} mask bits must be < ${size}`);
  const range = parseAddressRange(`${address}/${Number(bits)}`);
  return ({ text: found = '' }) =>
    found.length <= longestAddress && isIP(found) !== 0 && (range?.includes(found) ?? false);
}

const longestAddress = 45;

/** What `anything-but` can negate besides plain values. */
const negatable = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard']);

function anythingBut(operand: unknown, complexity: Complexity): ValueTest {
  if (!isObject(operand)) return noneOfValues(Array.isArray(operand) ? operand : [operand], Array.isArray(operand));
  const [name, values] = onlyMember(operand, 'Anything-But');
  if (!negatable.has(name)) throw new PatternError(`Unsupported anything-but pattern: ${name}`);
  const tests = [values].flat().map((value) => {
    if (typeof value !== 'string') {
      throw new PatternError(
        name === 'equals-ignore-case'
          ? 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.'
          : `${name === 'wildcard' ? 'wildcard' : 'prefix/suffix'} match pattern must be a string`,
      );
    }
    if (name.endsWith('fix') && value === '') throw new PatternError('Null prefix/suffix not allowed');
    return compileComparison(name, value, complexity);
  });
  return (value) => !tests.some((test) => test(value));
}

function noneOfValues(values: unknown[], isList: boolean): ValueTest {
  const types = new Set(values.map((value) => typeof value));
  const isOfOneType = types.size === 1 && (types.has('string') || types.has('number'));
  if (!isOfOneType && !isList) {
    throw new PatternError('Value of anything-but must be an array or single string/number value.');
  }
  if (values.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    throw new PatternError('Inside anything but list, start|null|boolean is not supported.');
  }
  if (!isOfOneType) {
    throw new PatternError(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  }
  const refused = new Set<unknown>(values);
  return ({ scalar }) => !refused.has(scalar);
}
