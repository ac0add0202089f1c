import { CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Chance } from '../../support/engine/random.ts';
import { encode, type FuzzRequest, sign } from '../../support/requests/request-signer.ts';
import { damage, headerSafe, oddText } from './texts.ts';

const buckets = ['my-source', 'my-artifacts', 'my-releases', 'fuzz', 'nowhere'];
const keys = ['app.zip', 'report.txt', 'a/b/c', 'a//b', '../x', '.', 'key with space', 'ключ', '😀', '+', '%25'];
const parameters = `acl cors delete list-type location max-keys max-uploads max-parts part-number-marker partNumber
  policy prefix delimiter marker encoding-type start-after continuation-token key-marker version-id-marker
  upload-id-marker tagging uploadId uploads versionId versioning versions fetch-owner x-id select torrent
  response-content-type response-expires response-cache-control X-Amz-Algorithm X-Amz-Signature`.split(/\s+/);
const values = [
  '',
  '1',
  '2',
  '0',
  '-1',
  '10001',
  '1.5',
  'url',
  '/',
  'null',
  'Enabled',
  '00000000-0000-4000-8000-000000000000',
];
const headerNames = `range if-match if-none-match if-modified-since if-unmodified-since content-md5 content-type
  x-amz-copy-source x-amz-copy-source-range x-amz-copy-source-if-match x-amz-acl x-amz-storage-class x-amz-tagging
  x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id x-amz-meta-a x-amz-metadata-directive
  x-amz-checksum-crc32 x-amz-checksum-sha256 x-amz-checksum-algorithm x-amz-sdk-checksum-algorithm x-amz-trailer
  x-amz-decoded-content-length content-encoding cache-control expires x-amz-expected-bucket-owner x-amz-request-payer
  x-amz-tagging-directive x-amz-object-attributes x-amz-max-parts
  x-amz-bucket-object-lock-enabled x-amz-website-redirect-location`.split(/\s+/);
const headerValues =
  `bytes=0-3 bytes=-1 bytes=5-1 bytes=0-0,2-3 bytes=99999999999999999999- * "etag" W/"x" private public-read
  STANDARD GLACIER AES256 aws:kms COPY REPLACE CRC32 SHA256 CRC64NVME x-amz-checksum-crc32 aws-chunked 5 -1 1e3
  a=1&b=2 ETag,Checksum,ObjectParts,ObjectSize
  123456789012 AAAAAA== my-source/app.zip /my-source/app.zip?versionId=null my-source%2Fapp.zip nowhere/x
  Sat,\u00a001\u00a0Jan\u00a02000\u00a000:00:00\u00a0GMT true`.split(/[ \n]+/);
const payloadHashes = [
  'UNSIGNED-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  '0'.repeat(64),
  '',
];
const bodies = [
  '',
  'text',
  '5;chunk-signature=0\r\nhello\r\n0;chunk-signature=0\r\n\r\n',
  '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n',
  'ffffffffffff\r\n',
  '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>',
  '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>',
  '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>',
  '<Delete><Object><Key>app.zip</Key></Object><Quiet>true</Quiet></Delete>',
  '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"x"</ETag></Part></CompleteMultipartUpload>',
  '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><Delete><Object><Key>&c;</Key></Object></Delete>',
];

function path(chance: Chance): string {
  if (chance.oneIn(30)) return '/';
  const bucket = chance.oneIn(8) ? encode(oddText(chance)) : chance.pick(buckets);
  if (chance.oneIn(4)) return `/${bucket}${chance.oneIn(2) ? '/' : ''}`;
  const key = chance.oneIn(4) ? oddText(chance) : (chance.pick(keys) ?? '');
  const encoded = key.split('/').map(encode).join('/');
  // Rarely with invalid escapes, whose signature does not match what the server reads.
  return `/${bucket}/${chance.oneIn(20) ? damage(chance, encoded).replaceAll(/[^!-~]|[?#]/g, '%') : encoded}`;
}

/** Requests with a route; `%` is replaced with an odd value. */
const known = `GET / | PUT /b | HEAD /b | GET /b | GET /b?list-type=2&max-keys=% | GET /b?versions&key-marker=% |
  GET /b?list-type=2&continuation-token=% | GET /b?list-type=2&delimiter=%&prefix=% | GET /b?uploads&prefix=% |
  GET /b?location | GET /b?versioning | PUT /b?versioning | POST /b?delete | GET /b/k | HEAD /b/k | PUT /b/k |
  PUT /b/k | PUT /b/k | DELETE /b/k | DELETE /b/k?versionId=% | GET /b/k?versionId=% | POST /b/k?uploads |
  PUT /b/k?uploadId=%&partNumber=% | POST /b/k?uploadId=% | DELETE /b/k?uploadId=% | GET /b/k?uploadId=% |
  GET /b/k?tagging | PUT /b/k?tagging | DELETE /b/k?tagging | GET /b/k?attributes | PUT /b?tagging | PUT /b?encryption |
  DELETE /b?encryption | PUT /b?publicAccessBlock | PUT /b?ownershipControls | GET /b?policy | GET /b/k?partNumber=% | GET /b?marker=%&max-keys=% | DELETE /b`
  .split('|')
  .map((line) => line.trim());

/** A running multipart upload; `path` is encoded. */
export interface Upload {
  path: string;
  uploadId: string;
}

/** Begins uploads, so that not all requests for uploads and parts are NoSuchUpload. */
export async function beginUploads(s3: S3Client): Promise<Upload[]> {
  const begun = keys.map(async (Key) => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: 'my-releases', Key }));
    return { path: `/my-releases/${Key.split('/').map(encode).join('/')}`, uploadId: UploadId ?? '' };
  });
  return Promise.all(begun);
}

function knownRequest(chance: Chance, uploads: readonly Upload[]): { method: string; path: string; query: string } {
  const [method = '', target = ''] = (chance.pick(known) ?? '').split(' ');
  const [pattern = '', query = ''] = target.split('?');
  const key = chance.oneIn(5) ? oddText(chance) : (chance.pick(keys) ?? '');
  const encoded = key.split('/').map(encode).join('/');
  const upload = chance.pick(uploads);
  if (upload && query.startsWith('uploadId') && chance.oneIn(2)) {
    return { method, path: upload.path, query: query.replace('%', upload.uploadId).replace('%', '1') };
  }
  return {
    method,
    path: pattern.replace('b', chance.pick(buckets) ?? '').replace(/k$/, () => encoded),
    query: query.replaceAll('%', () => encode(chance.oneIn(2) ? oddText(chance) : (chance.pick(values) ?? ''))),
  };
}

function query(chance: Chance): string {
  return Array.from({ length: chance.below(3) }, () => {
    const name = chance.oneIn(12) ? encode(oddText(chance)) : chance.pick(parameters);
    if (chance.oneIn(4)) return name;
    return `${name}=${encode(chance.oneIn(4) ? oddText(chance) : (chance.pick(values) ?? ''))}`;
  }).join('&');
}

function headers(chance: Chance): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: chance.below(3) }, () => {
      const value = chance.oneIn(4) ? oddText(chance) : (chance.pick(headerValues) ?? '').replaceAll('\u00a0', ' ');
      return [chance.pick(headerNames) ?? 'range', headerSafe(value).trim()];
    }),
  );
}

/** Returns a signed request to the object endpoint. */
export function objectRequest(chance: Chance, uploads: readonly Upload[], host: string): FuzzRequest {
  const method = chance.pick(['GET', 'GET', 'HEAD', 'PUT', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH']) ?? 'GET';
  const target = chance.oneIn(3) ? { method, path: path(chance), query: query(chance) } : knownRequest(chance, uploads);
  // The answer to headers that are too long has a body even for HEAD, whose method was not parsed.
  if (target.method === 'HEAD' && target.path.length + target.query.length > 12_000) target.method = 'GET';
  const sent = headers(chance);
  if (chance.oneIn(4)) sent['x-amz-content-sha256'] = chance.pick(payloadHashes) ?? '';
  const text = chance.oneIn(4) ? damage(chance, chance.pick(bodies) ?? '') : (chance.pick(bodies) ?? '');
  // Node.js sends a body with these only if it is chunked.
  const body = Buffer.from(['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(target.method) ? '' : text);
  const signed = sign({ ...target, headers: sent, body }, 's3', host);
  if (chance.oneIn(15)) signed.headers.authorization = headerSafe(damage(chance, signed.headers.authorization ?? ''));
  return signed;
}
