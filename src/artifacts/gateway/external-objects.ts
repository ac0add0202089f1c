import type { IncomingHttpHeaders } from 'node:http';
import type { ObjectName } from '../local/read-object.ts';
import {
  attributesOf,
  type ObjectStore,
  type ObjectSummary,
  type ObjectWrite,
  ofLength,
  unlessMissing,
  unlessObjectMissing,
} from '../object-store.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { ExternalRequest, Gateway } from './external-store.ts';
import { emptyAnswer, readDocument } from './forward.ts';
import { createExternalBucket } from './forward-buckets.ts';
import { whileGranted } from './granted-write.ts';
import { readRecorded } from './recorded-object.ts';
import { removeExternalVersions } from './remove-external-versions.ts';
import { parseDocument, textOf } from './store-document.ts';

/** Creates the in-process access to the external store. Rejects with StoreUnavailableError if it can't be reached. */
export function createExternalObjects(gateway: Gateway): ObjectStore {
  const { store } = gateway;
  return {
    headBucket: ({ account, bucket }) =>
      unlessMissing(async () => {
        const request = { method: 'GET', account, bucket, query: { versioning: '' } };
        const text = await readDocument(await store.send(request), { bucket, key: '' }, ['VersioningConfiguration']);
        const status = textOf(parseDocument(text, 'VersioningConfiguration'), 'Status');
        const versioning = status === 'Enabled' || status === 'Suspended' ? status : undefined;
        return { region: store.region, versioning };
      }),
    // The store itself enforces the policies of its buckets.
    bucketPolicy: async () => undefined,
    headObject: (name) =>
      unlessObjectMissing(name, async () => {
        const { headers, body } = await readRecorded(store, requestFor('HEAD', name), name.recorded);
        body.resume();
        return summaryOf(headers);
      }),
    getObject: (name) =>
      unlessObjectMissing(name, async () => {
        const { headers, body } = await readRecorded(store, requestFor('GET', name), name.recorded);
        return { ...summaryOf(headers), body };
      }),
    putObject: async (write) => {
      const { sizeBytes } = write;
      if (sizeBytes === undefined) throw new S3Error('MissingContentLength', 'The length of the object is not known.');
      const { headers, ...answer } = await store.send({
        ...requestFor('PUT', write),
        headers: headersOf(write, gateway),
        body: { chunks: whileGranted(ofLength(write.body, sizeBytes), write.grant), sizeBytes },
      });
      await emptyAnswer({ headers, ...answer });
      return { etag: etagOf(headers), versionId: versionOf(headers) };
    },
    createBucket: (bucket) => createExternalBucket(store, bucket),
    removeVersions: (versions) => removeExternalVersions(store, versions),
  };
}

function requestFor(method: string, { account, bucket, key, versionId }: ObjectName): ExternalRequest {
  return { method, account, bucket, key, query: versionId === undefined ? {} : { versionId } };
}

function headersOf(write: ObjectWrite, { passesEncryption }: Gateway): Record<string, string | undefined> {
  const { metadata, ...attributes } = attributesOf(write);
  return {
    'content-type': attributes.contentType,
    'cache-control': attributes.cacheControl,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    ...(passesEncryption && {
      'x-amz-server-side-encryption': attributes.serverSideEncryption,
      'x-amz-server-side-encryption-aws-kms-key-id': attributes.kmsKeyId,
    }),
  };
}

function summaryOf(headers: IncomingHttpHeaders): ObjectSummary {
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('x-amz-meta-') && typeof value === 'string' ? [[name.slice('x-amz-meta-'.length), value]] : [],
  );
  return {
    sizeBytes: Number(headers['content-length'] ?? 0),
    etag: etagOf(headers),
    versionId: versionOf(headers),
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    metadata: Object.fromEntries(metadata) as Record<string, string>,
    lastModifiedAt: Date.parse(headers['last-modified'] ?? '') || 0,
  };
}

function etagOf({ etag = '' }: IncomingHttpHeaders): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

function versionOf(headers: IncomingHttpHeaders): string | undefined {
  const version = headers['x-amz-version-id'];
  return typeof version === 'string' ? version : undefined;
}
