import type { Job } from '../../contract/generated.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { writeArtifact } from '../artifact-access.ts';
import { encryptionOf, locationOf, requiredValue } from '../job-reading.ts';
import { objectFailure } from '../object-failure.ts';
import type { ObjectHead, Provider, ProviderTools } from '../provider.ts';
import { checkS3Source } from './check.ts';

/** User metadata of the source object that becomes the revision summary (behaviour C.10). */
const summaryMetadata = 'codepipeline-artifact-revision-summary';
const maxSummaryChars = 2048;
const maxChangeIdentifierChars = 100;

/** This provider; the catalogue says what its configuration holds (behaviour D.1). */
export const s3Source: Provider = {
  actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' },
  run: runS3Source,
  check: checkS3Source,
};

/**
 * Copies the source object to the output artifact and reports its version as the revision (behaviour C.10, C.15, D.1).
 * The version is the output artifact's `revision` if the execution is bound to one, else the current one.
 */
export async function runS3Source(job: Job, tools: ProviderTools): Promise<JobOutcome> {
  const bucket = requiredValue(job, 'S3Bucket');
  const key = requiredValue(job, 'S3ObjectKey');
  const output = job.data?.outputArtifacts?.[0];
  const target = locationOf(output, 'output');
  const source = await openSource(bucket, key, output?.revision, tools);
  try {
    tools.signal.throwIfAborted();
    await writeArtifact(
      {
        ...target,
        body: source.body,
        sizeBytes: source.sizeBytes,
        ...(source.contentType === undefined ? {} : { contentType: source.contentType }),
        ...encryptionOf(job),
      },
      tools,
    );
  } catch (error) {
    // What is left are errors of the source's bytes: those of the artifact store are already JobFailures.
    throw tools.signal.aborted ? error : sourceFailure(bucket, key, error);
  } finally {
    source.body.destroy();
  }
  return success(bucket, key, source);
}

async function openSource(bucket: string, key: string, versionId: string | undefined, tools: ProviderTools) {
  try {
    await requireVersionedBucket(bucket, tools);
    const source = await tools.objects.getObject(bucket, key, versionId);
    if (!source) throw missing(bucket, key, versionId);
    return source;
  } catch (error) {
    throw tools.signal.aborted ? error : sourceFailure(bucket, key, error);
  }
}

function sourceFailure(bucket: string, key: string, error: unknown): JobFailure {
  return objectFailure('read', `the source object s3://${bucket}/${key}`, error);
}

async function requireVersionedBucket(bucket: string, { objects }: ProviderTools): Promise<void> {
  const found = await objects.headBucket(bucket);
  if (!found) throw new JobFailure('ConfigurationError', `The bucket ${bucket} does not exist.`);
  if (found.versioning === 'Enabled') return;
  const message = `The bucket ${bucket} has no versioning. An S3 source action needs a versioned bucket.`;
  throw new JobFailure('ConfigurationError', message);
}

function missing(bucket: string, key: string, versionId: string | undefined): JobFailure {
  if (versionId === undefined) {
    return new JobFailure('ConfigurationError', `The bucket ${bucket} has no object with the key ${key}.`);
  }
  const message = `The object ${key} in the bucket ${bucket} has no version ${versionId}.`;
  return new JobFailure('RevisionUnavailable', message);
}

function success(bucket: string, key: string, source: ObjectHead): JobOutcome {
  // An object from before its bucket had versioning has the version `null`.
  const { etag, lastModifiedAt, metadata, versionId = 'null' } = source;
  const summary = `Amazon S3 version id: ${versionId}`;
  return {
    status: 'Succeeded',
    executionDetails: { summary, externalExecutionId: versionId, percentComplete: 100 },
    currentRevision: {
      revision: versionId,
      changeIdentifier: etag.slice(0, maxChangeIdentifierChars),
      revisionSummary: (metadata[summaryMetadata] || summary).slice(0, maxSummaryChars),
      created: lastModifiedAt / 1000,
    },
    outputVariables: { BucketName: bucket, ETag: etag, ObjectKey: key, VersionId: versionId },
  };
}
