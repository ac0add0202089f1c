import type { AWSSessionCredentials } from '../../contract/generated.ts';
import type { MasterKeys } from './master-key.ts';
import { createSessionTokens, isBeforeRetirement } from './session-token.ts';

/** How long the credentials of a job work: clients renew them after 14 minutes (clients 29). */
export const jobCredentialLifetimeMs = 15 * 60 * 1000;

/** The bucket and key of one object, as written (no wildcards). */
export interface ObjectName {
  bucket: string;
  key: string;
}

/** What was recorded of an object: a version by its ETag (no quotes), or that there was none. */
export type RecordedContent = { versionId?: string; etag: string } | 'missing';

/** An object a job may read, and what of it, where that was recorded; the newest version otherwise. */
export interface ReadableObject extends ObjectName {
  content?: RecordedContent;
}

/** What a set of job credentials opens, and when; instants in ms, kept to the second. */
export interface JobGrant {
  account: string;
  region: string;
  jobId: string;
  /** The role of the action or pipeline; its name shows in the caller's ARN. */
  roleArn: string;
  read: ReadableObject[];
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
interface OpenedSessionToken {
  statement: JobStatement;
  secretAccessKey: string;
  isExpired: boolean;
}

/** The temporary credentials of jobs, which no row is kept for. */
export interface JobCredentials {
  mintJobCredentials(grant: JobGrant): AWSSessionCredentials;
  /** Undefined for a token that was changed, made up, or minted for another key id or by another server. */
  openSessionToken(token: string, accessKeyId: string, at: number): OpenedSessionToken | undefined;
}

// Buckets are written once, not once per object: the token travels in a header of each request of a worker.
type PackedObjects = [bucket: string, ...keys: string[]][];
type PackedContent = 0 | 'missing' | [etag: string, versionId?: string];
type PackedStatement = [...Unrecorded, contents?: PackedContent[]];
/** As tokens were before contents were recorded, and are as long as none is. */
type Unrecorded = [
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
  const read = packObjects(grant.read);
  const contents = unpackObjects(read).map((name) => packContent(contentOf(grant.read, name)));
  const packed: Unrecorded = [
    grant.account,
    grant.region,
    grant.jobId,
    roleNameOf(grant.roleArn),
    Math.floor(grant.issuedAt / 1000),
    // Rounded up: they last as long as promised at least.
    Math.ceil(grant.expiresAt / 1000),
    read,
    packObjects(grant.write),
  ];
  return contents.every((content) => content === 0) ? packed : [...packed, contents];
}

/** The seal proves that `packStatement` wrote it, so its shape needs no check. */
function unpackStatement(packed: PackedStatement): JobStatement {
  const [account, region, jobId, roleName, issuedAtSeconds, expiresAtSeconds, read, write, contents = []] = packed;
  return {
    account,
    region,
    jobId,
    roleName,
    issuedAt: issuedAtSeconds * 1000,
    expiresAt: expiresAtSeconds * 1000,
    read: unpackObjects(read).map((name, index) => ({ ...name, ...unpackContent(contents[index]) })),
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

/** What was recorded of an object that the caller may read, if anything was. */
export function contentOf(read: readonly ReadableObject[], { bucket, key }: ObjectName): RecordedContent | undefined {
  return read.find((object) => object.bucket === bucket && object.key === key)?.content;
}

function packContent(content: RecordedContent | undefined): PackedContent {
  if (content === undefined) return 0;
  if (content === 'missing') return content;
  return content.versionId === undefined ? [content.etag] : [content.etag, content.versionId];
}

function unpackContent(packed: PackedContent = 0): Pick<ReadableObject, 'content'> {
  if (packed === 0) return {};
  if (packed === 'missing') return { content: packed };
  const [etag, versionId] = packed;
  return { content: versionId === undefined ? { etag } : { etag, versionId } };
}
