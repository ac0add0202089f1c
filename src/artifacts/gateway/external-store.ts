import { S3Error } from '../protocol/s3-error.ts';
import type { StoreAnswer, StoreBody, StoreConnection } from './store-connection.ts';
import { readRefusal } from './store-refusal.ts';

/** Signs a request to the store; answers all headers to send. Comes from the identity room by way of `main.ts`. */
export type SignRequest = (request: {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  payloadHash: string;
}) => Record<string, string>;

/** The external S3-compatible store as the gateway reaches it. */
export interface ExternalStore {
  /** The one region of the store, for signatures and new buckets. */
  region: string;
  /** The bucket's name at the store; AccessDenied for an account that has nothing there. */
  nameOf(account: string, bucket: string): string;
  /** The account's name of a bucket of the store; undefined for buckets of others. */
  accountNameOf(account: string, storedName: string): string | undefined;
  /** Sends a request signed with the store's own credentials; rejects with what the store refused. */
  send(request: ExternalRequest): Promise<StoreAnswer>;
  close(): void;
}

/** A request in S3's terms. Nothing in it is encoded. */
export interface ExternalRequest {
  method: string;
  account: string;
  /** As the account calls it; '' for the list of buckets. */
  bucket: string;
  key?: string;
  query?: Record<string, string>;
  /** Lower-case names; undefined ones are left out. */
  headers?: Record<string, string | undefined>;
  body?: StoreBody;
  /** SHA-256 of the body in hex, if it is known before the body is. */
  payloadHash?: string;
}

export interface ExternalStoreOptions {
  url: URL;
  region: string;
  addressing: 'path' | 'host';
  /** What stands before every bucket's name at the store; `{account}` in it is replaced by the account. */
  bucketPrefix: string;
  /** The account that owns the store's buckets when the prefix does not tell accounts apart. */
  account: string;
  sign: SignRequest;
  connection: StoreConnection;
}

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Wider than AWS's rule for new buckets: old buckets and other stores know capitals and underscores. */
const bucketShape = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** The store behind a URL. */
export function createExternalStore(options: ExternalStoreOptions): ExternalStore {
  const { url, region, addressing, connection, sign } = options;
  const prefixOf = (account: string) => {
    if (account !== options.account && !options.bucketPrefix.includes('{account}')) {
      throw new S3Error('AccessDenied', 'The artifact store keeps the buckets of another account.');
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
    close: () => connection.close(),
  };
}

/** A bucket of a name that no store could have is not there. */
function checkName(bucket: string): string {
  if (bucketShape.test(bucket) && !bucket.includes('..')) return bucket;
  throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { elements: { BucketName: bucket } });
}

/**
 * What stands between this server and the store may take `..` for the way up and so reach what the caller may not; no
 * right to such a key is worth that.
 */
function checkKey(key: string): string {
  if (!key.split('/').some((segment) => segment === '.' || segment === '..')) return key;
  throw new S3Error('InvalidURI', 'With an external artifact store a key must not contain the segments . and ..');
}

function encodeKey(key: string): string {
  return key.split('/').map(encode).join('/');
}

/** Percent-encodes all that signature version 4 does not leave as it is. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** `x-amz-copy-source` for an object of the account. */
export function copySource(
  store: ExternalStore,
  account: string,
  source: { bucket: string; key: string; versionId?: string },
): string {
  const version = source.versionId === undefined ? '' : `?versionId=${encode(source.versionId)}`;
  return `/${store.nameOf(account, source.bucket)}/${encodeKey(checkKey(source.key))}${version}`;
}
