import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryObjects, storeRefusal, toolsWith } from '../../../test/support/workers/memory-objects.ts';
import type { Job, JobData } from '../../contract/generated.ts';
import { runS3Source } from './run.ts';

let objects: MemoryObjects;

beforeEach(async () => {
  objects = new MemoryObjects({ source: { versioning: 'Enabled' }, plain: {}, store: {} });
  await put('first');
  await put('second', { 'codepipeline-artifact-revision-summary': 'Release 2' });
});

function put(content: string, metadata: Record<string, string> = {}) {
  const body = Readable.from([Buffer.from(content)]);
  return objects.putObject({ bucket: 'source', key: 'app.zip', body, contentType: 'application/zip', metadata });
}

function jobOf({ revision, ...data }: JobData & { revision?: string } = {}): Job {
  const s3Location = { bucketName: 'store', objectKey: 'pipe/App/abc.zip' };
  return {
    id: 'job-1',
    data: {
      actionConfiguration: { configuration: { S3Bucket: 'source', S3ObjectKey: 'app.zip' } },
      outputArtifacts: [{ name: 'App', location: { type: 'S3', s3Location }, ...(revision ? { revision } : {}) }],
      ...data,
    },
  };
}

const configured = (S3Bucket: string, S3ObjectKey: string) => ({
  actionConfiguration: { configuration: { S3Bucket, S3ObjectKey } },
});

it('copies the current version and reports it as the revision', async () => {
  const etag = objects.at('source/app.zip')?.etag;
  expect(await runS3Source(jobOf(), toolsWith(objects))).toEqual({
    status: 'Succeeded',
    executionDetails: { summary: 'Amazon S3 version id: v2', externalExecutionId: 'v2', percentComplete: 100 },
    currentRevision: {
      revision: 'v2',
      changeIdentifier: etag,
      revisionSummary: 'Release 2',
      created: 1_700_000_000.5,
    },
    outputVariables: { BucketName: 'source', ETag: etag, ObjectKey: 'app.zip', VersionId: 'v2' },
  });
  expect(objects.at('store/pipe/App/abc.zip')).toMatchObject({
    content: Buffer.from('second'),
    contentType: 'application/zip',
    metadata: {},
  });
});

it('copies the version the execution is bound to, with its own summary', async () => {
  const outcome = await runS3Source(jobOf({ revision: 'v1' }), toolsWith(objects));
  expect(outcome).toMatchObject({
    currentRevision: { revision: 'v1', revisionSummary: 'Amazon S3 version id: v1' },
  });
  expect(objects.at('store/pipe/App/abc.zip')?.content.toString()).toBe('first');
});

it('encrypts the artifact with the key of its store', async () => {
  await runS3Source(jobOf({ encryptionKey: { id: 'k1', type: 'KMS' } }), toolsWith(objects));
  expect(objects.at('store/pipe/App/abc.zip')?.write).toMatchObject({
    serverSideEncryption: 'aws:kms',
    kmsKeyId: 'k1',
  });
});

describe('fails', () => {
  it.each([
    [
      'a bucket without versioning',
      jobOf(configured('plain', 'app.zip')),
      'ConfigurationError',
      /plain has no version/,
    ],
    ['a missing bucket', jobOf(configured('nowhere', 'app.zip')), 'ConfigurationError', /nowhere does not exist/],
    ['a missing object', jobOf(configured('source', 'other')), 'ConfigurationError', /key other/],
    ['a missing version', jobOf({ revision: 'v9' }), 'RevisionUnavailable', /version v9/],
    ['a missing value', jobOf(configured('', 'app.zip')), 'ConfigurationError', /S3Bucket/],
    ['no output artifact', jobOf({ outputArtifacts: [] }), 'ConfigurationError', /output artifact/],
  ])('for %s', async (_what, job, type, message) => {
    await expect(runS3Source(job, toolsWith(objects))).rejects.toMatchObject({ type, message });
    expect(objects.written).toEqual(['source/app.zip', 'source/app.zip']);
  });

  it('naming the artifact bucket if it is missing', async () => {
    delete objects.buckets.store;
    await expect(runS3Source(jobOf(), toolsWith(objects))).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: /^The artifact bucket store does not exist/,
    });
  });

  it('naming the source if its bytes cannot be read', async () => {
    objects.getObject = async (bucket, key) => {
      const head = await objects.headObject(bucket, key);
      const body = new Readable({ read: () => body.destroy(storeRefusal('InvalidObjectState', 403)) });
      return head && { ...head, body };
    };
    await expect(runS3Source(jobOf(), toolsWith(objects))).rejects.toMatchObject({
      type: 'RevisionUnavailable',
      message: /^Could not read the source object s3:\/\/source\/app.zip/,
    });
  });

  it('with PermissionError if the role may not write the artifact', async () => {
    objects.putObject = async () => {
      throw Object.assign(new Error('no'), { name: 'AccessDenied' });
    };
    await expect(runS3Source(jobOf(), toolsWith(objects))).rejects.toMatchObject({ type: 'PermissionError' });
  });
});
