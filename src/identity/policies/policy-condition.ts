import { type AddressRange, parseAddressRange } from '../../model/address-range.ts';
import { matchesArn, matchesGlob } from './glob.ts';

/** What a condition looks at: condition keys by name, lower-case, with at least one value each. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>;

/** How several values of one key count: all of them, any of them, or (without) as one. */
export type SetOperator = 'ForAllValues' | 'ForAnyValue';

/** One line of a `Condition` block: `{ "StringEquals": { "aws:ResourceTag/team": ["a", "b"] } }`. */
export interface Condition {
  operator: OperatorName;
  set?: SetOperator;
  isIfExists: boolean;
  /** Lower-case: names of condition keys have no case, the tag key in them included. */
  key: string;
  values: string[];
}

interface Operator {
  matches(wanted: string, value: string): boolean;
  /** Holds when none of the wanted values matches, and when the key is absent. */
  isNegated?: boolean;
  /** Whether it can be asked for all or any of several values. */
  hasSets?: boolean;
  /** What its values must be. */
  values?: 'arn' | 'boolean' | 'address';
}

const isEqual = (wanted: string, value: string): boolean => wanted === value;
const isSameBoolean = (wanted: string, value: string): boolean => wanted.toLowerCase() === value.toLowerCase();

/** The range of addresses that a value names; a single address is a range of its own. */
export function addressRangeOf(text: string): AddressRange | undefined {
  return parseAddressRange(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
}

const isInRange = (wanted: string, value: string): boolean => addressRangeOf(wanted)?.includes(value) === true;

const table = {
  StringEquals: { matches: isEqual, hasSets: true },
  StringNotEquals: { matches: isEqual, hasSets: true, isNegated: true },
  StringLike: { matches: matchesGlob, hasSets: true },
  StringNotLike: { matches: matchesGlob, hasSets: true, isNegated: true },
  ArnEquals: { matches: matchesArn, values: 'arn' },
  ArnLike: { matches: matchesArn, values: 'arn' },
  IpAddress: { matches: isInRange, values: 'address' },
  NotIpAddress: { matches: isInRange, values: 'address', isNegated: true },
  Bool: { matches: isSameBoolean, values: 'boolean' },
  // Asks whether the key is absent; its answer is computed apart.
  Null: { matches: isSameBoolean, values: 'boolean' },
} as const satisfies Record<string, Operator>;

/** The condition operators there are; the others of IAM are refused when a policy is parsed. */
export type OperatorName = keyof typeof table;

/** The operators by name. */
export const operators: ReadonlyMap<string, Operator> = new Map(Object.entries(table));

/** Whether `name` is an operator, without the set before it and the `IfExists` after it. */
export function isOperatorName(name: string): name is OperatorName {
  return operators.has(name);
}

/** Whether a condition holds in this context, as IAM decides it for present, absent and several values. */
export function isMet({ operator, set, isIfExists, key, values }: Condition, context: ConditionContext): boolean {
  const found = context.get(key);
  if (operator === 'Null') return values.some((value) => isSameBoolean(value, String(found === undefined)));
  const { matches, isNegated = false }: Operator = table[operator];
  if (!found) return isIfExists || (set === undefined ? isNegated : set === 'ForAllValues');
  const isAdmitted = (value: string) => values.some((wanted) => matches(wanted, value)) !== isNegated;
  if (set === 'ForAllValues') return found.every(isAdmitted);
  if (set === 'ForAnyValue') return found.some(isAdmitted);
  return isNegated ? found.every(isAdmitted) : found.some(isAdmitted);
}
