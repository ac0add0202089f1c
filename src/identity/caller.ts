import { createHash } from 'node:crypto';
import { userArn } from '../model/arn.ts';
import type { AccessKey } from './access-keys/access-key.ts';
import { encodeBase32 } from './access-keys/base32.ts';
import type { Policy } from './policies/policy.ts';
import type { JobStatement, ObjectName, ReadableObject } from './secrets/job-credentials.ts';

interface Principal {
  accessKeyId: string;
  account: string;
  /** As GetCallerIdentity and AccessDenied messages give it. */
  arn: string;
  /** As GetCallerIdentity gives it. */
  userId: string;
}

/** The owner of an account, who may do everything in it. */
export interface RootCaller extends Principal {
  kind: 'root';
}

/** The holder of a further key. Without a policy such a key may do nothing but ask who it is. */
export interface UserCaller extends Principal {
  kind: 'user';
  policies: readonly Policy[];
  /** Those who made the key, as they were then: all of them have to allow what it does. */
  bounds?: readonly (UserCaller | RoleCaller)[];
}

/** Whoever assumed a declared role, until the session ends. May do what both the role and the session policy allow. */
export interface RoleCaller extends Principal {
  kind: 'role';
  /** The ARN of the role itself, which conditions on `aws:PrincipalArn` see. */
  roleArn: string;
  policies: readonly Policy[];
  sessionPolicy?: Policy;
  bounds?: undefined;
}

/** A worker with the temporary credentials of one job: an assumed role whose session is called like the job. */
export interface JobCaller extends Principal {
  kind: 'job';
  jobId: string;
  /** Objects it may read as long as the credentials last. */
  read: ReadableObject[];
  /** Objects it may write, and read back, as long as the job is open. */
  write: ObjectName[];
  /** Whether the job is open; undefined until that was looked up, and then nothing of `write` is open either. */
  isOpen?: boolean;
}

/** Who signed a request. */
export type Caller = RootCaller | UserCaller | RoleCaller | JobCaller;

/** The caller behind a long-lived key. */
export function callerOfAccessKey(
  key: Pick<AccessKey, 'accessKeyId' | 'account' | 'isRoot' | 'name' | 'policies' | 'bounds'>,
): RootCaller | UserCaller {
  const { accessKeyId, account, policies = [], bounds = [] } = key;
  if (key.isRoot) return { kind: 'root', accessKeyId, account, arn: `arn:aws:iam::${account}:root`, userId: account };
  return { ...freezeUser(account, userArn(account, key.name), policies), accessKeyId, bounds };
}

/** A user without a key, as it is remembered of whoever made one. */
export function freezeUser(account: string, arn: string, policies: readonly Policy[]): UserCaller {
  return { kind: 'user', accessKeyId: '', account, arn, userId: principalId('AIDA', arn), policies };
}

/** The role and session behind a role's temporary credentials. */
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

/** The caller behind a job's temporary credentials. */
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

/** IAM's unique id of a principal, computed from its name because there is no IAM here to hand one out. */
function principalId(prefix: string, name: string): string {
  return prefix + encodeBase32(createHash('sha256').update(name).digest()).slice(0, 17);
}
