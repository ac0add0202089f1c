import type { Answer, ObjectCall } from '../protocol/call.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { StoreBody } from './send-body.ts';
import type { StoreAnswer, StoreConnection } from './store-connection.ts';
import { readRefusal } from './store-refusal.ts';

/** Signs a request to the store; returns all headers to send. The server passes the signer of `identity/`. */
export type SignRequest = (request: {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  payloadHash: string;
}) => Record<string, string>;

/** The connection of the gateway to the external S3-compatible store. */
export interface ExternalStore {
  /** The one region of the store, for signatures and new buckets. */
  region: string;
  /** Returns the bucket's name at the store; throws AccessDenied for an account without buckets there. */
  nameOf(account: string, bucket: string): string;
  /** Returns the account's name of a bucket of the store; undefined for buckets of others. */
  accountNameOf(account: string, storedName: string): string | undefined;
  /** Sends a request signed with the configured credentials; rejects with the store's error. */
  send(request: ExternalRequest): Promise<StoreAnswer>;
}

/** A request in S3's terms, with nothing encoded. */
export interface ExternalRequest {
  method: string;
  account: string;
  /** The account's name of the bucket; '' for the list of buckets. */
  bucket: string;
  key?: string;
  query?: Record<string, string>;
  /** By lower-case name; undefined values are omitted. */
  headers?: Record<string, string | undefined>;
  body?: StoreBody;
  /** SHA-256 of the body in hex, if it is known in advance. */
  payloadHash?: string;
}

export interface ExternalStoreOptions {
  url: URL;
  region: string;
  addressing: 'path' | 'host';
  /** The prefix of bucket names at the store; `{account}` in it is replaced by the account. */
  bucketPrefix: string;
  /** The account that owns the store's buckets if the prefix doesn't contain the account. */
  account: string;
  sign: SignRequest;
  connection: StoreConnection;
}

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Wider than AWS's rule for new buckets: old buckets and other stores have capitals and underscores. */
const bucketShape = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** Creates the client of the store at a URL. */
export function createExternalStore(options: ExternalStoreOptions): ExternalStore {
  const { url, region, addressing, connection, sign } = options;
  const prefixOf = (account: string) => {
    if (account !== options.account && !options.bucketPrefix.includes('{account}')) {
      throw new S3Error('AccessDenied', 'The artifact store contains only the buckets of another account.');
    }
    return options.bucketPrefix.replaceAll('{account}', account);
  };
  const nameOf = (account: string, bucket: string) => `${prefixOf(account)}${checkName(bucket)}`;
  return {
    region,
    nameOf,
    accountNameOf(account, storedName) {
      const prefix = prefixOf(account);
      return storedName.startsWith(prefix) ? storedName.slice(prefix.length) || undefined : undefined;
    },
    async send({ method, account, bucket, key = '', query = {}, body, ...request }) {
      const stored = bucket === '' ? '' : nameOf(account, bucket);
      const isInHost = addressing === 'host' && stored !== '';
      const bucketPath = stored === '' || isInHost ? '' : `/${stored}`;
      const path = key === '' && bucketPath !== '' ? bucketPath : `${bucketPath}/${encodeKey(checkKey(key))}`;
      const search = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
      const given = { ...request.headers, host: isInHost ? `${stored}.${url.host}` : url.host };
      const headers = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const signed = sign({
        method,
        path,
        query: search.join('&'),
        headers: Object.fromEntries(headers),
        payloadHash: request.payloadHash ?? (body ? 'UNSIGNED-PAYLOAD' : emptySha256),
      });
      const target = search.length === 0 ? path : `${path}?${search.join('&')}`;
      const answer = await connection.send({ method, target, headers: signed, body });
      if (answer.status < 300 || answer.status === 304) return answer;
      throw await readRefusal(answer, { bucket, key });
    },
  };
}

/** Rejects with NoSuchBucket a name that no store could have. */
function checkName(bucket: string): string {
  if (bucketShape.test(bucket) && !bucket.includes('..')) return bucket;
  throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { elements: { BucketName: bucket } });
}

/**
 * Rejects keys with `.` or `..` segments: a proxy in front of the store could resolve them, and reach objects that the
 * caller may not access.
 */
function checkKey(key: string): string {
  if (!key.split('/').some((segment) => segment === '.' || segment === '..')) return key;
  throw new S3Error('InvalidURI', 'With an external artifact store a key must not contain the segments . and ..');
}

function encodeKey(key: string): string {
  return key.split('/').map(encode).join('/');
}

/** Percent-encodes as Signature Version 4 requires. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Returns `x-amz-copy-source` for an object of the account. */
export function copySource(
  store: ExternalStore,
  account: string,
  source: { bucket: string; key: string; versionId?: string },
): string {
  const version = source.versionId === undefined ? '' : `?versionId=${encode(source.versionId)}`;
  return `/${store.nameOf(account, source.bucket)}/${encodeKey(checkKey(source.key))}${version}`;
}

/** The gateway's store and settings. */
export interface Gateway {
  store: ExternalStore;
  /** Whether to forward headers of server-side encryption to the store. */
  passesEncryption: boolean;
}

/** An operation of S3 at the external store. The caller's right to it has been checked. */
export type Forward = (call: ObjectCall, gateway: Gateway) => Promise<Answer>;
