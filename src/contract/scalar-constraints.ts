import { shapeDepartures } from './departures.ts';
import { shapeOf } from './model.ts';
import {
  inValueSet,
  matchesPattern,
  maxBytes,
  maxLength,
  maxValue,
  minLength,
  minValue,
  wholeNumber,
} from './phrases.ts';
import type { IntegerShape, Shape, StringShape } from './shape.ts';

/** One constraint on a scalar of the right type, and the phrase that reports a violation. */
export interface ScalarConstraint {
  phrase: string;
  isMet: (value: unknown) => boolean;
}

/**
 * The longest text that can match a pattern. The ARN patterns take quadratic time on a hostile text, and `resourceArn`
 * has no maximum length in the model; real values are much shorter.
 */
const patternTextLimit = 4096;

/** Returns the shape with AWS's actual bounds in place of the model's. */
export function withDepartures<S extends Shape>(name: string, shape: S): S {
  return { ...shape, ...shapeDepartures[name] };
}

function patternConstraint(pattern: string): ScalarConstraint {
  const whole = wholeMatcher(pattern);
  return {
    phrase: matchesPattern(pattern),
    isMet: (value) => (value as string).length <= patternTextLimit && whole.test(value as string),
  };
}

/**
 * Matches like Java's Pattern.matches: the whole value, by code points (`u`), with a dot that excludes line breaks. Escapes
 * such as `\_` and `\-`, which Java allows everywhere and `u` doesn't, become the codes of their characters.
 */
export function wholeMatcher(pattern: string): RegExp {
  const portable = pattern.replace(/\\([!-/:-@[-`{-~])/g, (_, mark: string) => `\\x${mark.charCodeAt(0).toString(16)}`);
  return new RegExp(`^(?:${portable})$`, 'u');
}

/** Lengths are in UTF-16 units, in Java as in JavaScript. */
function stringConstraints({ max, min, maxBytes: bytes, pattern, enum: values }: StringShape): ScalarConstraint[] {
  const constraints: ScalarConstraint[] = [];
  if (bytes !== undefined) {
    constraints.push({ phrase: maxBytes(bytes), isMet: (value) => Buffer.byteLength(value as string) <= bytes });
  }
  if (max !== undefined) {
    constraints.push({ phrase: maxLength(max), isMet: (value) => (value as string).length <= max });
  }
  if (min !== undefined && min > 0) {
    constraints.push({ phrase: minLength(min), isMet: (value) => (value as string).length >= min });
  }
  if (pattern !== undefined) constraints.push(patternConstraint(pattern));
  if (values !== undefined) {
    const known: ReadonlySet<unknown> = new Set(values);
    constraints.push({ phrase: inValueSet(values), isMet: (value) => known.has(value) });
  }
  return constraints;
}

function integerConstraints({ max, min, exact }: IntegerShape): ScalarConstraint[] {
  const constraints: ScalarConstraint[] = exact ? [{ phrase: wholeNumber, isMet: Number.isSafeInteger }] : [];
  if (max !== undefined) constraints.push({ phrase: maxValue(max), isMet: (value) => (value as number) <= max });
  if (min !== undefined) constraints.push({ phrase: minValue(min), isMet: (value) => (value as number) >= min });
  return constraints;
}

/** Returns the constraints of a scalar shape: maximum, minimum, pattern, value set. */
export function scalarConstraintsOf(name: string): ScalarConstraint[] {
  const shape = withDepartures(name, shapeOf(name));
  if (shape.type === 'string') return stringConstraints(shape);
  if (shape.type === 'integer') return integerConstraints(shape);
  return [];
}

/** Reports whether a value contains U+0000, which PostgreSQL cannot store. */
export function hasNullCharacter(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\0');
}
