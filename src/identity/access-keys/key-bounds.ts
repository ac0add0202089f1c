import { ServiceError } from '../../contract/errors.ts';
import type { KeyBound } from '../../store/access-key-rows.ts';
import { type Caller, freezeUser, type RoleCaller, type UserCaller } from '../caller.ts';
import { type Policy, parsePolicy } from '../policies/policy.ts';
import { isTooLaborious } from '../policies/policy-effort.ts';

/** A key that was made by a key that was made by a key … has at most so many bounds. */
const maxBounds = 4;
/** They are evaluated with every call of the key. */
const maxChars = 64 * 1024;

/**
 * What a caller passes on to a key it makes: the key may never do more than the caller might at that moment. Comparing
 * two sets of policies is undecidable in practice, so both are kept and both have to allow. The root user passes on no
 * bound, and a caller with bounds passes on those too.
 */
export function boundsOf(caller: Caller): KeyBound[] {
  if (caller.kind === 'root' || caller.kind === 'job') return [];
  return [caller, ...(caller.bounds ?? [])].map(freeze);
}

/** Joins bounds, each once. Throws LimitExceededException when a key would have more than can be judged. */
export function joinBounds(...lists: KeyBound[][]): KeyBound[] {
  const bounds = [...new Map(lists.flat().map((bound) => [JSON.stringify(bound), bound])).values()];
  if (bounds.length <= maxBounds && !isTooLaborious(policiesOf(bounds)) && JSON.stringify(bounds).length <= maxChars)
    return bounds;
  throw new ServiceError(
    'LimitExceededException',
    `The key would be bounded by more than ${maxBounds} other keys, or by policies of more than ${maxChars} characters or too many wildcards. Make it with the root key or with a key that the root key made.`,
  );
}

/** The bounding callers of a stored key. */
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
