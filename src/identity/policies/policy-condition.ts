import { type AddressRange, parseAddressRange } from '../../model/address-range.ts';
import { matchesArn, matchesGlob } from './glob.ts';

/** The condition keys of a request by lower-case name, with at least one value each. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>;

/** Whether all or any of several values must match. */
export type SetOperator = 'ForAllValues' | 'ForAnyValue';

/** One line of a `Condition` block: `{ "StringEquals": { "aws:ResourceTag/team": ["a", "b"] } }`. */
export interface Condition {
  operator: OperatorName;
  set?: SetOperator;
  isIfExists: boolean;
  /** In lower case: condition keys are case-insensitive, including the tag key in them. */
  key: string;
  values: string[];
}

interface Operator {
  matches(wanted: string, value: string): boolean;
  /** Holds if none of the wanted values matches, or the key is absent. */
  isNegated?: boolean;
  /** Whether it may have a set operator. */
  hasSets?: boolean;
  /** The required form of its values. */
  values?: 'arn' | 'boolean' | 'address';
}

const isEqual = (wanted: string, value: string): boolean => wanted === value;
const isSameBoolean = (wanted: string, value: string): boolean => wanted.toLowerCase() === value.toLowerCase();

/** Returns the address range of a value; a single address counts as a range. */
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
  // Tests whether the key is absent; see `isMet`.
  Null: { matches: isSameBoolean, values: 'boolean' },
} as const satisfies Record<string, Operator>;

/** The supported condition operators; a policy with any other is rejected. */
export type OperatorName = keyof typeof table;

/** The operators by name. */
export const operators: ReadonlyMap<string, Operator> = new Map(Object.entries(table));

/** Reports whether `name` is an operator; it must have no set operator and no `IfExists`. */
export function isOperatorName(name: string): name is OperatorName {
  return operators.has(name);
}

/** Reports whether a condition holds in this context, by IAM's rules for absent keys and several values. */
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
