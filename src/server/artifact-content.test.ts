import { expect, test } from 'vitest';
import { StoreCredentialsError, StoreRefusal, StoreUnavailableError } from '../artifacts/gateway/store-refusal.ts';
import { S3Error } from '../artifacts/protocol/s3-error.ts';
import { DatabaseUnavailableError } from '../store/database.ts';
import { artifactContents } from './artifact-content.ts';

const place = { bucketName: 'artifacts', objectKey: 'pipe/Build/abc' };
const summary = { sizeBytes: 3, contentType: 'application/zip', metadata: {}, lastModifiedAt: 0 };

function contentWhen(headObject: () => Promise<{ etag: string; versionId?: string } | undefined>) {
  const found = async () => {
    const object = await headObject();
    return object && { ...summary, ...object };
  };
  return artifactContents('https://store.example', { headObject: found }).at('111111111111', place);
}
const failing = (error: Error) => contentWhen(() => Promise.reject(error));

test('records the version and ETag of the object with the name of the store', async () => {
  const object = { etag: 'e', versionId: 'v' };
  expect(await contentWhen(async () => object)).toEqual({ store: 'https://store.example', object });
});

test('records no object if there is none or if the store rejects its location', async () => {
  const nothing = { store: 'https://store.example' };
  expect(await contentWhen(async () => undefined)).toEqual(nothing);
  expect(await failing(new S3Error('InvalidURI', 'no such key can be'))).toEqual(nothing);
  const refusal = new StoreRefusal({ code: 'KeyTooLongError', message: 'long', httpStatus: 400, details: {} });
  expect(await failing(refusal)).toEqual(nothing);
});

test.each([
  ['does not respond', new StoreUnavailableError('connect ECONNREFUSED')],
  ['rejects the credentials of this server', new StoreCredentialsError('InvalidAccessKeyId')],
  ['closes the connection', new Error('socket hang up')],
])('if the store %s, the report fails and can be retried', async (_, error) => {
  await expect(failing(error)).rejects.toMatchObject({
    name: 'ServiceUnavailable',
    httpStatus: 503,
    message: expect.stringContaining(error.message),
  });
});

test('an unavailable database keeps its own error', async () => {
  const error = new DatabaseUnavailableError('gone');
  await expect(failing(error)).rejects.toBe(error);
});
