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

/** The answer of AssumeRole; `expiresAt` in ms, a whole second. */
interface AssumedRole {
  credentials: AWSSessionCredentials;
  expiresAt: number;
  /** `<unique id of the role>:<session name>`. */
  assumedRoleId: string;
  arn: string;
}

/** An authentic session token of a role: who holds it, the secret that belongs to it, and whether its time is over. */
interface OpenedRoleSession {
  caller: RoleCaller;
  secretAccessKey: string;
  isExpired: boolean;
}

/** The declared roles and their sessions, which no row is kept for. */
export interface Roles {
  /**
   * Temporary credentials of the role for `caller`. Throws `StsError`: AccessDenied for a role that is not declared or
   * that the caller may not assume, MalformedPolicyDocument for a session policy that would not be obeyed as written.
   */
  assumeRole(caller: Caller, input: AssumeRoleInput, context?: RequestContext): AssumedRole;
  /**
   * Undefined for a token that is none of a role, and for one whose role is no longer declared. What the session may
   * do follows the role as it is declared now.
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

/** As long as a session may last whose caller was in one already, as at STS. */
const longestChainedSeconds = 3600;

/** What a session may last at most, and the second that its end is rounded up by. */
const longestSessionMs = 43_201_000;

/** How many session policies are kept parsed. */
const parsedPolicies = 1000;

/** Assumes the roles of these declarations. */
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
 * The owner of the account may always. A user of the account whom the role trusts by ARN may unless a policy forbids
 * it; for everybody else trust is not enough, a policy of their own has to allow it too. `arn:aws:iam::<account>:root`
 * trusts everybody in that account, and a role that trusts nobody by name trusts its own.
 */
function mayAssume(caller: Caller, role: Role, context?: RequestContext): boolean {
  if (caller.kind === 'job') return false;
  // Trust in a name must not reach past those who gave the key that name.
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
