import type { AWSSessionCredentials } from '../../contract/generated.ts';
import type { MasterKeys } from './master-key.ts';
import { createSessionTokens, isBeforeRetirement } from './session-token.ts';

/** How long the credentials of a job are valid: clients renew them after 14 minutes (clients 29). */
export const jobCredentialLifetimeMs = 15 * 60 * 1000;

/** The bucket and key of one object, as written (no wildcards), or of all objects whose keys begin with it. */
export interface ObjectName {
  bucket: string;
  key: string;
  isPrefix?: true;
}

/** Returns whether one of `names` stands for an object. */
export function coversObject(names: readonly ObjectName[], object: { bucket: string; key?: string }): boolean {
  const { bucket, key } = object;
  if (key === undefined) return false;
  return names.some((name) => name.bucket === bucket && (name.isPrefix ? key.startsWith(name.key) : name.key === key));
}

/** The recorded version of an object, with its ETag (without quotes), or that there was none. */
export type RecordedContent = { versionId?: string; etag: string } | 'missing';

/** An object a job may read: the recorded version or, without one, the latest. */
export interface ReadableObject extends ObjectName {
  content?: RecordedContent;
}

/** The rights and validity of the credentials of a job or of a build; instants in ms, stored with a precision of a second. */
export interface JobGrant {
  account: string;
  region: string;
  /** The id of the job, or the holder of a build's claim. */
  jobId: string;
  /** The role of the action or pipeline; its name is part of the caller's ARN. */
  roleArn: string;
  read: ReadableObject[];
  write: ObjectName[];
  issuedAt: number;
  expiresAt: number;
}

/** A grant read from a session token. */
export interface JobStatement extends Omit<JobGrant, 'roleArn'> {
  roleName: string;
}

/** Returns the last part of a role's ARN, which is part of the ARN of its sessions. */
export function roleNameOf(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1);
}

/** The content of an authentic session token. */
interface OpenedSessionToken {
  statement: JobStatement;
  secretAccessKey: string;
  isExpired: boolean;
}

/** The temporary credentials of jobs, which are not stored. */
export interface JobCredentials {
  mintJobCredentials(grant: JobGrant): AWSSessionCredentials;
  /**
   * Opens a session token; returns undefined if it was changed, forged, or issued for another key id or by another
   * server.
   */
  openSessionToken(token: string, accessKeyId: string, at: number): OpenedSessionToken | undefined;
}

// Each bucket is written once, not once per object: the token is sent in a header of every request.
type PackedKey = string | [prefix: string];
type PackedObjects = [bucket: string, ...keys: PackedKey[]][];
type PackedContent = 0 | 'missing' | [etag: string, versionId?: string];
type PackedStatement = [...Unrecorded, contents?: PackedContent[]];
/** A token without recorded versions, as in older releases. */
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

/** Issues and opens job credentials; a token names the version of the master key that sealed it. */
export function createJobCredentials(masterKeys: MasterKeys): JobCredentials {
  const tokens = createSessionTokens<PackedStatement>(masterKeys, 'job');
  return {
    mintJobCredentials: (grant) => tokens.mint(packStatement(grant)),
    openSessionToken(token, accessKeyId, at) {
      const opened = tokens.open(token, accessKeyId);
      if (!opened) return undefined;
      const statement = unpackStatement(opened.statement);
      // One second more, since `expiresAt` is rounded up.
      if (!isBeforeRetirement(opened, statement.expiresAt, jobCredentialLifetimeMs + 1000)) return undefined;
      return { statement, secretAccessKey: opened.secretAccessKey, isExpired: at >= statement.expiresAt };
    },
  };
}

function packStatement(grant: JobGrant): PackedStatement {
  const { objects: read, contents } = packObjects(grant.read);
  const packed: Unrecorded = [
    grant.account,
    grant.region,
    grant.jobId,
    roleNameOf(grant.roleArn),
    Math.floor(grant.issuedAt / 1000),
    // Rounded up, so that they last at least as long as promised.
    Math.ceil(grant.expiresAt / 1000),
    read,
    packObjects(grant.write).objects,
  ];
  return contents.every((content) => content === 0) ? packed : [...packed, contents];
}

/** Unpacks a statement without checking it, since the seal proves that `packStatement` wrote it. */
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

/** Packs objects, and their contents in the same order. */
function packObjects(objects: ReadableObject[]): { objects: PackedObjects; contents: PackedContent[] } {
  const byBucket = new Map<string, { packed: PackedObjects[number]; contents: PackedContent[] }>();
  for (const { bucket, key, isPrefix, content } of objects) {
    const packedKey: PackedKey = isPrefix ? [key] : key;
    const known = byBucket.get(bucket);
    if (known) {
      known.packed.push(packedKey);
      known.contents.push(packContent(content));
    } else {
      byBucket.set(bucket, { packed: [bucket, packedKey], contents: [packContent(content)] });
    }
  }
  const buckets = [...byBucket.values()];
  return {
    objects: buckets.map(({ packed }) => packed),
    contents: buckets.flatMap(({ contents }) => contents),
  };
}

function unpackObjects(packed: PackedObjects): ObjectName[] {
  return packed.flatMap(([bucket, ...keys]) =>
    keys.map((key) => (typeof key === 'string' ? { bucket, key } : { bucket, key: key[0], isPrefix: true as const })),
  );
}

/** Returns the recorded version of an object that the caller may read, if there is one. */
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
