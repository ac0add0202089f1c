import type { Readable } from 'node:stream';
import { JobFailure } from '../worker/job-failure.ts';
import { objectFailure } from './object-failure.ts';
import type { ObjectHead, ObjectWrite, ProviderTools } from './provider.ts';

/** An input artifact that is being read. */
export type OpenedArtifact = ObjectHead & { body: Readable };

interface Place {
  bucket: string;
  key: string;
}

/** Opens an input artifact; the caller reads `body` to its end or destroys it. */
export async function openArtifact(
  { bucket, key }: Place,
  tools: Pick<ProviderTools, 'objects'>,
): Promise<OpenedArtifact> {
  try {
    const artifact = await tools.objects.getObject(bucket, key);
    if (artifact) return artifact;
  } catch (error) {
    throw objectFailure('read', `the input artifact s3://${bucket}/${key}`, error);
  }
  // Only now, because HeadBucket needs a right that reading the artifact does not.
  const isBucketThere = await tools.objects.headBucket(bucket).then(Boolean, () => true);
  if (!isBucketThere) throw missingBucket(bucket);
  throw new JobFailure('ConfigurationError', `The input artifact s3://${bucket}/${key} does not exist.`);
}

/** Writes an output artifact. Errors of its content are passed on unchanged: the artifact store is not to blame. */
export async function writeArtifact(
  write: ObjectWrite,
  { objects, signal }: Pick<ProviderTools, 'objects' | 'signal'>,
): Promise<void> {
  const { bucket, key, body } = write;
  try {
    await objects.putObject(write);
  } catch (error) {
    if (signal.aborted) throw error;
    if (body.errored) throw body.errored;
    if (error instanceof Error && error.name === 'NoSuchBucket') throw missingBucket(bucket, error);
    throw objectFailure('write', `the output artifact s3://${bucket}/${key}`, error);
  }
}

function missingBucket(bucket: string, cause?: Error): JobFailure {
  const message = `The artifact bucket ${bucket} does not exist. Create it, or name another one in the artifact store of the pipeline.`;
  return new JobFailure('ConfigurationError', message, cause);
}
