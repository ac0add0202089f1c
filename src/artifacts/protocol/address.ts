import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './s3-error.ts';

/** The target of a request: the account (both empty), a bucket (`key` empty) or an object. */
export interface ObjectAddress {
  bucket: string;
  key: string;
}

const maxKeyBytes = 1024;
const awsHost = /^(?:(?<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com$/;
const ipv4Suffix = /(?:^|\.)(?:\d{1,3}\.){3}\d{1,3}$/;

/**
 * Reads bucket and key from host and raw path. The bucket is the part of the host before a name of this server
 * (`localhost`, an IPv4 address, Amazon's S3 names, `serverNames`); with any other host it is the first path segment.
 * Keys are percent-decoded; `+` stays a plus.
 */
export function readAddress(host: string, path: string, serverNames: string[] = []): ObjectAddress {
  const hostBucket = bucketOfHost(host, serverNames);
  if (hostBucket !== undefined) return { bucket: hostBucket, key: decodeKey(path.slice(1)) };
  const slash = path.indexOf('/', 1);
  if (slash < 0) return { bucket: decode(path.slice(1)), key: '' };
  return { bucket: decode(path.slice(1, slash)), key: decodeKey(path.slice(slash + 1)) };
}

/**
 * Reads the bucket of a call to S3 Control's tags, `/v20180820/tags/<ARN of the bucket>`. The host is ignored, because
 * clients prefix it with the account. Returns undefined without the header that only these clients send: then
 * `v20180820` is a bucket.
 */
export function readControlAddress(path: string, headers: IncomingHttpHeaders): ObjectAddress | undefined {
  const [, encoded] = /^\/v20180820\/tags\/(.+)$/.exec(path) ?? [];
  if (encoded === undefined || headers['x-amz-account-id'] === undefined) return undefined;
  const [, bucket] = /^arn:[a-z-]+:s3:::([^/]+)$/.exec(decode(encoded)) ?? [];
  if (bucket === undefined) throw new S3Error('InvalidRequest', 'Only buckets have tags of this kind.');
  return { bucket, key: '' };
}

/**
 * Returns the buckets that a host may name if the rest of it is a name of this server missing from `serverNames`, the
 * shortest first; none if the host is unambiguous. At most three, since each costs a lookup.
 */
export function possibleHostBuckets(host: string, serverNames: string[] = []): string[] {
  if (host.startsWith('[') || bucketOfHost(host, serverNames) !== undefined) return [];
  const name = host.replace(/:\d*$/, '').toLowerCase();
  if (awsHost.test(name) || ipv4Suffix.test(name) || ['localhost', ...serverNames].includes(name)) return [];
  const labels = name.split('.');
  return labels.slice(0, Math.min(labels.length - 1, 3)).map((_, index) => labels.slice(0, index + 1).join('.'));
}

function bucketOfHost(host: string, serverNames: string[]): string | undefined {
  if (host.startsWith('[')) return undefined;
  const name = host.replace(/:\d*$/, '').toLowerCase();
  const aws = awsHost.exec(name);
  if (aws) return aws.groups?.bucket;
  const address = ipv4Suffix.exec(name);
  if (address) return name.slice(0, address.index) || undefined;
  const own = ['localhost', ...serverNames.map((own) => own.toLowerCase())];
  // Longest name first: in `s3.example.org`, `s3` is not a bucket of `example.org`.
  const suffix = own.sort((a, b) => b.length - a.length).find((candidate) => `.${name}`.endsWith(`.${candidate}`));
  return suffix === undefined ? undefined : name.slice(0, -suffix.length - 1) || undefined;
}

function decodeKey(encoded: string): string {
  const key = decode(encoded);
  if (Buffer.byteLength(key) > maxKeyBytes) {
    throw new S3Error('KeyTooLongError', 'Your key is too long', {
      elements: { Size: Buffer.byteLength(key), MaxSizeAllowed: maxKeyBytes },
    });
  }
  return key;
}

/** Percent-decodes UTF-8; rejects anything else, and U+0000, which PostgreSQL cannot store. */
function decode(encoded: string): string {
  let text: string;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
  if (text.includes('\0')) throw new S3Error('InvalidURI', 'A name must not contain U+0000.');
  return text;
}

/** Splits `x-amz-copy-source`: `[/]bucket/key[?versionId=…]`, percent-encoded. */
export function readCopySource(value: string): ObjectAddress & { versionId?: string } {
  const [, path = '', versionId] = /^\/?(.*?)(?:\?versionId=([^&]*))?$/s.exec(value) ?? [];
  const slash = path.indexOf('/');
  // Clients may also encode the slash between bucket and key.
  const { bucket, key } =
    slash < 0
      ? splitPath(decode(path))
      : { bucket: decode(path.slice(0, slash)), key: decodeKey(path.slice(slash + 1)) };
  if (bucket === '' || key === '') {
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  }
  return { bucket, key, versionId: versionId === undefined ? undefined : decode(versionId) };
}

function splitPath(path: string): ObjectAddress {
  const [, bucket = '', key = ''] = /^\/?([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket, key };
}

const bucketShape = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const ipv4 = /^(?:\d+\.){3}\d+$/;
const reservedStarts = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const reservedEnds = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** Rejects names that AWS doesn't accept for a new general purpose bucket. */
export function checkBucketName(name: string): void {
  const isValid =
    bucketShape.test(name) &&
    !name.includes('..') &&
    !ipv4.test(name) &&
    !reservedStarts.some((start) => name.startsWith(start)) &&
    !reservedEnds.some((end) => name.endsWith(end));
  if (!isValid) {
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { elements: { BucketName: name } });
  }
}
