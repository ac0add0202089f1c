import { PatternError } from './pattern-error.ts';

type Bound = (number: number) => boolean;

const bounds: Record<string, (limit: number) => Bound> = {
  '=': (limit) => (number) => number === limit,
  '<': (limit) => (number) => number < limit,
  '<=': (limit) => (number) => number <= limit,
  '>': (limit) => (number) => number > limit,
  '>=': (limit) => (number) => number >= limit,
};

/** Compiles `["=", 5]`, `[">", 0]` or `[">", 0, "<=", 5]`; throws PatternError. */
export function compileRange(operand: unknown): Bound {
  if (!Array.isArray(operand)) throw new PatternError('Value of numeric must be an array.');
  const [operator, limit, upperOperator, upperLimit, ...others]: unknown[] = operand;
  if (typeof operator !== 'string') throw new PatternError(`Invalid member in numeric match: ${String(operator)}`);
  if (!Object.hasOwn(bounds, operator)) throw new PatternError(`Unrecognized numeric range operator: ${operator}`);
  const lower = boundOf(operator, limit);
  if (operand.length === 2) return lower;
  if (!operator.startsWith('>')) throw new PatternError('Too many elements in numeric expression');
  if (typeof upperOperator !== 'string') {
    throw new PatternError(`Bad value in numeric range: ${String(upperOperator)}`);
  }
  if (!upperOperator.startsWith('<')) throw new PatternError(`Bad numeric range operator: ${upperOperator}`);
  const upper = boundOf(upperOperator, upperLimit);
  if (others.length > 0) throw new PatternError('Too many terms in numeric range expression');
  if (Number(limit) >= Number(upperLimit)) throw new PatternError('Bottom must be less than top');
  return (number) => lower(number) && upper(number);
}

function boundOf(operator: string, limit: unknown): Bound {
  if (typeof limit !== 'number') {
    throw new PatternError(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`);
  }
  if (Math.abs(limit) > 5e9) throw new PatternError('Value must be between -5.0E9 and 5.0E9, inclusive');
  const bound = bounds[operator]?.(limit);
  if (!bound) throw new PatternError(`Bad numeric range operator: ${operator}`);
  return bound;
}
