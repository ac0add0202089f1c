import { createHash } from 'node:crypto';
import { userArn } from '../model/arn.ts';
import type { AccessKey } from './access-keys/access-key.ts';
import { encodeBase32 } from './access-keys/base32.ts';
import type { Policy } from './policies/policy.ts';
import type { JobStatement, ObjectName, ReadableObject } from './secrets/job-credentials.ts';

interface Principal {
  accessKeyId: string;
  account: string;
  /** As in GetCallerIdentity and AccessDenied messages. */
  arn: string;
  /** As in GetCallerIdentity. */
  userId: string;
}

/** The root user of an account, who may do everything in it. */
export interface RootCaller extends Principal {
  kind: 'root';
}

/** The holder of a user's key. Without policies it allows nothing but GetCallerIdentity. */
export interface UserCaller extends Principal {
  kind: 'user';
  policies: readonly Policy[];
  /** The creators of the key, with their policies at that time: all of them must allow an action too. */
  bounds?: readonly (UserCaller | RoleCaller)[];
}

/** The session of a declared role. May do what both the role and the session policy allow. */
export interface RoleCaller extends Principal {
  kind: 'role';
  /** The ARN of the role itself, which is `aws:PrincipalArn` in conditions. */
  roleArn: string;
  policies: readonly Policy[];
  sessionPolicy?: Policy;
  bounds?: undefined;
}

/** A worker with the temporary credentials of a job: a role session named after the job. */
export interface JobCaller extends Principal {
  kind: 'job';
  jobId: string;
  /** Objects it may read until the credentials expire. */
  read: ReadableObject[];
  /** Objects it may write and read back while the job is open. */
  write: ObjectName[];
  /** Whether the job is open; undefined, which denies `write`, until it was looked up. */
  isOpen?: boolean;
}

/** Who signed a request. */
export type Caller = RootCaller | UserCaller | RoleCaller | JobCaller;

/** Returns the caller with a long-lived key. */
export function callerOfAccessKey(
  key: Pick<AccessKey, 'accessKeyId' | 'account' | 'isRoot' | 'name' | 'policies' | 'bounds'>,
): RootCaller | UserCaller {
  const { accessKeyId, account, policies = [], bounds = [] } = key;
  if (key.isRoot) return { kind: 'root', accessKeyId, account, arn: `arn:aws:iam::${account}:root`, userId: account };
  return { ...freezeUser(account, userArn(account, key.name), policies), accessKeyId, bounds };
}

/** Returns a user without a key, as stored for the creator of another key. */
export function freezeUser(account: string, arn: string, policies: readonly Policy[]): UserCaller {
  return { kind: 'user', accessKeyId: '', account, arn, userId: principalId('AIDA', arn), policies };
}

/** Returns the caller with the temporary credentials of a role session. */
export function callerOfRole(
  accessKeyId: string,
  role: { account: string; name: string; arn: string; policies: readonly Policy[] },
  session: { name: string; policy?: Policy },
): RoleCaller {
  const { account, name, arn, policies } = role;
  return {
    kind: 'role',
    accessKeyId,
    account,
    ...sessionOf(account, name, session.name),
    roleArn: arn,
    policies,
    ...(session.policy && { sessionPolicy: session.policy }),
  };
}

/** Returns the caller with a job's temporary credentials. */
export function callerOfJob(accessKeyId: string, statement: JobStatement): JobCaller {
  const { account, roleName, jobId, read, write } = statement;
  return {
    kind: 'job',
    accessKeyId,
    account,
    ...sessionOf(account, roleName, jobId),
    jobId,
    read,
    write,
  };
}

function sessionOf(account: string, roleName: string, session: string): Pick<Principal, 'arn' | 'userId'> {
  return {
    arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${session}`,
    userId: `${principalId('AROA', `${account}/${roleName}`)}:${session}`,
  };
}

/** Derives IAM's unique id of a principal from its name. */
function principalId(prefix: string, name: string): string {
  return prefix + encodeBase32(createHash('sha256').update(name).digest()).slice(0, 17);
}
