import { shapeDepartures } from './departures.ts';
import type { IntegerShape, Shape, StringShape } from './model.ts';
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

/** One constraint on a scalar whose type is already right, with the phrase that reports it. */
export interface ScalarConstraint {
  phrase: string;
  isMet: (value: unknown) => boolean;
}

/**
 * The longest text a pattern is tried on; a longer one does not match. The ARN patterns take quadratic time on a
 * hostile text and `resourceArn` has no length limit in the model; no value that real clients send is near it.
 */
const patternTextLimit = 4096;

/** The shape with the bounds the real service uses in place of the model's. */
export function withDepartures<S extends Shape>(name: string, shape: S): S {
  return { ...shape, ...shapeDepartures[name] };
}

/**
 * The whole value must match, as with Java's Pattern.matches. The `u` flag makes code points the unit, as in Java;
 * without the `s` flag a dot stops at line breaks, as in Java.
 */
function patternConstraint(pattern: string): ScalarConstraint {
  const whole = new RegExp(`^(?:${pattern})$`, 'u');
  return {
    phrase: matchesPattern(pattern),
    isMet: (value) => (value as string).length <= patternTextLimit && whole.test(value as string),
  };
}

/** Lengths are UTF-16 units, which is what both Java and JavaScript count. */
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

/** The constraints of the scalar shape called `name`: maximum, minimum, pattern, value set. */
export function scalarConstraintsOf(name: string): ScalarConstraint[] {
  const shape = withDepartures(name, shapeOf(name));
  if (shape.type === 'string') return stringConstraints(shape);
  if (shape.type === 'integer') return integerConstraints(shape);
  return [];
}

/** Whether `value` is a text with U+0000 in it, which the stores cannot hold. */
export function hasNullCharacter(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\0');
}
