import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Job } from '../../contract/generated.ts';
import { MalformedArchiveError, RefusedArchiveError } from '../../worker/archives/archive-error.ts';
import { withUnnamedFile } from '../../worker/archives/unnamed-file.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { type OpenedArtifact, openArtifact } from '../artifact-access.ts';
import { locationOf } from '../job-reading.ts';
import { objectFailure } from '../object-failure.ts';
import type { Provider, ProviderTools } from '../provider.ts';
import { contentTypeOf } from './content-type.ts';
import { deployFiles } from './deploy-files.ts';
import { readSettings, type S3DeploySettings } from './settings.ts';

/** This provider; the catalogue says what its configuration holds (behaviour D.4). */
export const s3Deploy: Provider = {
  actionTypeId: { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' },
  run: runS3Deploy,
};

/** Writes the input artifact, or the files in it, to a bucket (behaviour D.5), without rollback after a failure. */
export async function runS3Deploy(job: Job, tools: ProviderTools): Promise<JobOutcome> {
  const settings = readSettings(job, tools.now);
  const source = locationOf(job.data?.inputArtifacts?.[0], 'input');
  const artifact = await openArtifact(source, tools);
  try {
    if (settings.isExtracted) await deployArchive(artifact, settings, tools);
    else await deployWhole(artifact, settings, tools);
  } finally {
    artifact.body.destroy();
  }
  const { bucket, objectKey } = settings;
  const externalExecutionId = (objectKey === undefined ? bucket : `${bucket}/${objectKey}`).slice(0, 1500);
  return {
    status: 'Succeeded',
    executionDetails: { summary: 'Deployment Succeeded', externalExecutionId, percentComplete: 100 },
  };
}

async function deployWhole(
  { body, sizeBytes }: OpenedArtifact,
  settings: S3DeploySettings,
  tools: ProviderTools,
): Promise<void> {
  await put(settings.objectKey ?? '', { body, sizeBytes }, settings, tools);
}

/** Saves the archive to a file first, because a zip is read from its end. */
async function deployArchive(
  { body }: OpenedArtifact,
  settings: S3DeploySettings,
  tools: ProviderTools,
): Promise<void> {
  try {
    await withUnnamedFile(async ({ handle, path }) => {
      await pipeline(body, (chunks) => writeAll(handle, chunks), { signal: tools.signal }).catch((error) => {
        throw tools.signal.aborted ? error : objectFailure('read', 'the input artifact', error);
      });
      await deployFiles(path, settings.objectKey, (key, content) => put(key, content, settings, tools), tools);
    });
  } catch (error) {
    if (error instanceof RefusedArchiveError) {
      throw new JobFailure('JobFailed', `The archive was not deployed: ${error.message}.`, error);
    }
    throw error instanceof MalformedArchiveError ? malformed(error) : error;
  }
}

async function writeAll(file: FileHandle, chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of chunks) await file.writeFile(chunk);
}

async function put(
  key: string,
  content: { body: Readable; sizeBytes: number },
  { bucket, headers }: S3DeploySettings,
  tools: ProviderTools,
): Promise<void> {
  try {
    await tools.objects.putObject({ bucket, key, ...content, ...headers, contentType: contentTypeOf(key) });
  } catch (error) {
    if (error instanceof MalformedArchiveError || tools.signal.aborted) throw error;
    // A check for the bucket beforehand would need a right that writing to it does not.
    if (error instanceof Error && error.name === 'NoSuchBucket') {
      throw new JobFailure('ConfigurationError', `The bucket ${bucket} does not exist.`, error);
    }
    throw refusedAcl(bucket, headers, error) ?? objectFailure('write', `s3://${bucket}/${key}`, error);
  }
}

/** Explains that the bucket has ACLs disabled, or allows only its owner's, so that CannedACL must change. */
function refusedAcl(bucket: string, { cannedAcl }: S3DeploySettings['headers'], error: unknown) {
  if (!(error instanceof Error) || error.name !== 'AccessControlListNotSupported') return undefined;
  const message = `The bucket ${bucket} refuses the CannedACL ${cannedAcl}: ${error.message}. Remove CannedACL, or use private or bucket-owner-full-control.`;
  return new JobFailure('ConfigurationError', message, error);
}

function malformed(error: Error): JobFailure {
  return new JobFailure('JobFailed', 'The archive is malformed.', error);
}
