import { LRUCache } from 'lru-cache';
import type { AWSSessionCredentials } from '../../contract/generated.ts';
import { type Caller, callerOfRole, type RoleCaller } from '../caller.ts';
import { authorize } from '../policies/authorize.ts';
import type { RequestContext } from '../policies/evaluate-policy.ts';
import { matchesArn } from '../policies/glob.ts';
import { type Policy, parsePolicy } from '../policies/policy.ts';
import { checkEffort } from '../policies/policy-effort.ts';
import { PolicyError } from '../policies/policy-json.ts';
import type { MasterKeys } from '../secrets/master-key.ts';
import { createSessionTokens, isBeforeRetirement } from '../secrets/session-token.ts';
import { type AssumeRoleInput, StsError } from './assume-role-input.ts';
import type { Role } from './role-declaration.ts';

/** The result of AssumeRole; `expiresAt` in ms, a whole second. */
interface AssumedRole {
  credentials: AWSSessionCredentials;
  expiresAt: number;
  /** `<unique id of the role>:<session name>`. */
  assumedRoleId: string;
  arn: string;
}

/** The content of an authentic session token of a role. */
export interface OpenedRoleSession {
  caller: RoleCaller;
  secretAccessKey: string;
  isExpired: boolean;
}

/** The declared roles and their sessions, which are not stored. */
export interface Roles {
  /**
   * Creates temporary credentials of the role for `caller`. Throws `StsError`: AccessDenied for a role that is not
   * declared or that the caller may not assume, MalformedPolicyDocument for a session policy that would not be
   * enforced.
   */
  assumeRole(caller: Caller, input: AssumeRoleInput, context?: RequestContext): AssumedRole;
  /**
   * Opens a session token; returns undefined if it is not one of a role, or its role is no longer declared. The session
   * has the current policies of the role.
   */
  openSessionToken(token: string, accessKeyId: string, at: number): OpenedRoleSession | undefined;
}

type PackedSession = [
  kind: 'role',
  account: string,
  roleName: string,
  sessionName: string,
  expiresAtSeconds: number,
  policy?: string,
];

/** The longest session for a caller that is a role session itself, as in STS. */
const longestChainedSeconds = 3600;

/** The longest session, plus a second because its end is rounded up. */
const longestSessionMs = 43_201_000;

/** The number of parsed session policies that are cached. */
const parsedPolicies = 1000;

/** Creates the sessions of the declared roles. */
export function createRoles(options: { roles: readonly Role[]; masterKeys: MasterKeys; now: () => number }): Roles {
  const { roles, masterKeys, now } = options;
  const byArn = new Map(roles.map((role) => [role.arn, role]));
  const byName = new Map(roles.map((role) => [`${role.account}/${role.name}`, role]));
  const tokens = createSessionTokens<PackedSession>(masterKeys, 'role');
  const parsed = new LRUCache<string, Policy>({ max: parsedPolicies, memoMethod: (text) => parsePolicy(text) });

  return {
    assumeRole(caller, { roleArn, sessionName, durationSeconds, policy }, context) {
      const role = byArn.get(roleArn);
      if (!role || !mayAssume(caller, role, context)) {
        throw new StsError(
          'AccessDenied',
          `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
        );
      }
      if (caller.kind === 'role' && durationSeconds > longestChainedSeconds) {
        throw new StsError(
          'ValidationError',
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
        );
      }
      if (policy !== undefined) checkSessionPolicy(policy);
      const expiresAtSeconds = Math.ceil(now() / 1000) + durationSeconds;
      const credentials = tokens.mint([
        'role',
        role.account,
        role.name,
        sessionName,
        expiresAtSeconds,
        ...(policy === undefined ? ([] as const) : ([policy] as const)),
      ]);
      const { arn, userId } = callerOfRole(credentials.accessKeyId, role, { name: sessionName });
      return { credentials, expiresAt: expiresAtSeconds * 1000, assumedRoleId: userId, arn };
    },
    openSessionToken(token, accessKeyId, at) {
      const opened = tokens.open(token, accessKeyId);
      if (!opened) return undefined;
      const [, account, roleName, name, expiresAtSeconds, policy] = opened.statement;
      const role = byName.get(`${account}/${roleName}`);
      if (!role || !isBeforeRetirement(opened, expiresAtSeconds * 1000, longestSessionMs)) return undefined;
      const session = { name, ...(policy !== undefined && { policy: parsed.memo(policy) }) };
      return {
        caller: callerOfRole(accessKeyId, role, session),
        secretAccessKey: opened.secretAccessKey,
        isExpired: at >= expiresAtSeconds * 1000,
      };
    },
  };
}

function checkSessionPolicy(text: string): void {
  try {
    checkEffort([parsePolicy(text)]);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new StsError('MalformedPolicyDocument', error.message);
  }
}

/**
 * Reports whether `caller` may assume the role. The account's root user always may. A user of the account that the role
 * trusts by ARN may unless a policy denies it; all others need both trust and a policy that allows it.
 * `arn:aws:iam::<account>:root` trusts a whole account, and a role that trusts no one by name trusts its own account.
 */
function mayAssume(caller: Caller, role: Role, context?: RequestContext): boolean {
  if (caller.kind === 'job') return false;
  // A key gets its name from its creators, so trust in the name must not exceed their rights.
  if (caller.kind === 'user' && !(caller.bounds ?? []).every((bound) => mayAssume(bound, role, context))) return false;
  const isOwn = caller.account === role.account;
  if (caller.kind === 'root' && isOwn) return true;
  const names = caller.kind === 'role' ? [caller.arn, caller.roleArn] : [caller.arn];
  const isNamed = role.trustedBy.some((pattern) => names.some((name) => matchesArn(pattern, name)));
  const isOfTrusted =
    role.trustedBy.includes(`arn:aws:iam::${caller.account}:root`) || (role.trustedBy.length === 0 && isOwn);
  const decision = authorize(caller, { action: 'sts:AssumeRole', resources: [role.arn], context });
  if (caller.kind === 'user' && isOwn && isNamed) return decision.isAllowed || !decision.isExplicit;
  return (isNamed || isOfTrusted) && decision.isAllowed;
}
