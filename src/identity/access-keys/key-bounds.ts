import { ServiceError } from '../../contract/errors.ts';
import type { KeyBound } from '../../store/store.ts';
import { type Caller, freezeUser, type RoleCaller, type UserCaller } from '../caller.ts';
import { type Policy, parsePolicy } from '../policies/policy.ts';
import { isTooLaborious } from '../policies/policy-effort.ts';

/** The longest chain of keys that were created by one another. */
const maxBounds = 4;
/** All bounds are evaluated on every call. */
const maxChars = 64 * 1024;

/**
 * Returns the bounds of a key that `caller` creates: the key may never do more than its creator could at that moment.
 * Sets of policies cannot be compared in practice, so both are stored and both must allow. The root user adds no bound;
 * a caller with bounds adds those too.
 */
export function boundsOf(caller: Caller): KeyBound[] {
  if (caller.kind === 'root' || caller.kind === 'job') return [];
  return [caller, ...(caller.bounds ?? [])].map(freeze);
}

/** Joins bounds without duplicates. Throws LimitExceededException if they are too many or too expensive to evaluate. */
export function joinBounds(...lists: KeyBound[][]): KeyBound[] {
  const bounds = [...new Map(lists.flat().map((bound) => [JSON.stringify(bound), bound])).values()];
  if (bounds.length <= maxBounds && !isTooLaborious(policiesOf(bounds)) && JSON.stringify(bounds).length <= maxChars)
    return bounds;
  throw new ServiceError(
    'LimitExceededException',
    `The key would be bounded by more than ${maxBounds} other keys, or by policies of more than ${maxChars} characters or too many wildcards. Create it with the root key or with a key that the root key created.`,
  );
}

/** Returns the callers that bound a stored key. */
export function openBounds(account: string, bounds: readonly KeyBound[]): (UserCaller | RoleCaller)[] {
  return bounds.map(({ arn, roleArn, policies, sessionPolicy }) => {
    const parsed = policies.map((policy) => parsePolicy(policy));
    const user = freezeUser(account, arn, parsed);
    if (roleArn === undefined) return user;
    const session = sessionPolicy === undefined ? {} : { sessionPolicy: parsePolicy(sessionPolicy) };
    return { ...user, bounds: undefined, kind: 'role', roleArn, ...session };
  });
}

function policiesOf(bounds: readonly KeyBound[]): Policy[] {
  const texts = bounds.flatMap(({ policies, sessionPolicy }) => [
    ...policies,
    ...(sessionPolicy ? [sessionPolicy] : []),
  ]);
  return texts.map((text) => parsePolicy(text));
}

function freeze(caller: UserCaller | RoleCaller): KeyBound {
  const { arn, policies } = caller;
  const texts = policies.map(({ text }) => text);
  if (caller.kind === 'user') return { arn, policies: texts };
  const { roleArn, sessionPolicy } = caller;
  return { arn, roleArn, policies: texts, ...(sessionPolicy && { sessionPolicy: sessionPolicy.text }) };
}
