import type { AWSSessionCredentials } from '../contract/generated.ts';
import type { MasterKeys } from './master-key.ts';
import type { ObjectName } from './object-name.ts';
import { createSessionTokens, isBeforeRetirement } from './session-token.ts';

/** How long the credentials of a job work: clients renew them after 14 minutes (clients 29). */
export const jobCredentialLifetimeMs = 15 * 60 * 1000;

/** What a set of job credentials opens, and when; instants in ms, kept to the second. */
export interface JobGrant {
  account: string;
  region: string;
  jobId: string;
  /** The role of the action or pipeline; its name shows in the caller's ARN. */
  roleArn: string;
  read: ObjectName[];
  write: ObjectName[];
  issuedAt: number;
  expiresAt: number;
}

/** A grant as read back from a session token. */
export interface JobStatement extends Omit<JobGrant, 'roleArn'> {
  roleName: string;
}

/** The last part of a role's ARN, which shows in the ARN of its sessions. */
export function roleNameOf(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1);
}

/** An authentic session token: what it states, the secret that belongs to it, and whether its time is over. */
export interface OpenedSessionToken {
  statement: JobStatement;
  secretAccessKey: string;
  isExpired: boolean;
}

/** The temporary credentials of jobs, which no row is kept for (design §6). */
export interface JobCredentials {
  mintJobCredentials(grant: JobGrant): AWSSessionCredentials;
  /** Undefined for a token that was changed, made up, or minted for another key id or by another server. */
  openSessionToken(token: string, accessKeyId: string, at: number): OpenedSessionToken | undefined;
}

// Buckets are written once, not once per object: the token travels in a header of each request of a worker.
type PackedObjects = [bucket: string, ...keys: string[]][];
type PackedStatement = [
  account: string,
  region: string,
  jobId: string,
  roleName: string,
  issuedAtSeconds: number,
  expiresAtSeconds: number,
  read: PackedObjects,
  write: PackedObjects,
];

/** Minting and opening with these master keys; a token names the version of the one it was sealed with. */
export function createJobCredentials(masterKeys: MasterKeys): JobCredentials {
  const tokens = createSessionTokens<PackedStatement>(masterKeys, 'job');
  return {
    mintJobCredentials: (grant) => tokens.mint(packStatement(grant)),
    openSessionToken(token, accessKeyId, at) {
      const opened = tokens.open(token, accessKeyId);
      if (!opened) return undefined;
      const statement = unpackStatement(opened.statement);
      // A second more than they last: `expiresAt` is rounded up to a whole one.
      if (!isBeforeRetirement(opened, statement.expiresAt, jobCredentialLifetimeMs + 1000)) return undefined;
      return { statement, secretAccessKey: opened.secretAccessKey, isExpired: at >= statement.expiresAt };
    },
  };
}

function packStatement(grant: JobGrant): PackedStatement {
  return [
    grant.account,
    grant.region,
    grant.jobId,
    roleNameOf(grant.roleArn),
    Math.floor(grant.issuedAt / 1000),
    // Rounded up: they last as long as promised at least.
    Math.ceil(grant.expiresAt / 1000),
    packObjects(grant.read),
    packObjects(grant.write),
  ];
}

/** The seal proves that `packStatement` wrote it, so its shape needs no check. */
function unpackStatement(packed: PackedStatement): JobStatement {
  const [account, region, jobId, roleName, issuedAtSeconds, expiresAtSeconds, read, write] = packed;
  return {
    account,
    region,
    jobId,
    roleName,
    issuedAt: issuedAtSeconds * 1000,
    expiresAt: expiresAtSeconds * 1000,
    read: unpackObjects(read),
    write: unpackObjects(write),
  };
}

function packObjects(objects: ObjectName[]): PackedObjects {
  const keysByBucket = new Map<string, string[]>();
  for (const { bucket, key } of objects) {
    const keys = keysByBucket.get(bucket);
    if (keys) keys.push(key);
    else keysByBucket.set(bucket, [key]);
  }
  return [...keysByBucket].map(([bucket, keys]) => [bucket, ...keys]);
}

function unpackObjects(packed: PackedObjects): ObjectName[] {
  return packed.flatMap(([bucket, ...keys]) => keys.map((key) => ({ bucket, key })));
}
