import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Job } from '../../contract/generated.ts';
import { MalformedArchiveError, RefusedArchiveError, shownName } from '../../worker/archive-error.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/job-source.ts';
import { readZip, type ZipEntry } from '../../worker/zip-reader.ts';
import { locationOf } from '../job-reading.ts';
import { objectFailure } from '../object-failure.ts';
import type { ObjectHead, ProviderTools } from '../provider.ts';
import { contentTypeOf } from './content-type.ts';
import { readSettings, type S3DeploySettings } from './settings.ts';

/** S3's own limit of a key. */
const maxKeyBytes = 1024;

/** Writes the input artifact, or the files in it, to a bucket (behaviour D.5). Nothing is undone after a failure. */
export async function runS3Deploy(job: Job, tools: ProviderTools): Promise<JobOutcome> {
  const settings = readSettings(job, tools.now);
  const source = locationOf(job.data?.inputArtifacts?.[0], 'input');
  const artifact = await openArtifact(source, tools);
  try {
    if (settings.isExtracted) await deployFiles(artifact, settings, tools);
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

async function openArtifact({ bucket, key }: { bucket: string; key: string }, { objects }: ProviderTools) {
  try {
    const artifact = await objects.getObject(bucket, key);
    if (artifact) return artifact;
  } catch (error) {
    throw objectFailure('read', `the input artifact s3://${bucket}/${key}`, error);
  }
  throw new JobFailure('ConfigurationError', `The input artifact s3://${bucket}/${key} does not exist.`);
}

async function deployWhole(
  { body, sizeBytes }: Artifact,
  settings: S3DeploySettings,
  tools: ProviderTools,
): Promise<void> {
  await put(settings.objectKey ?? '', { body, sizeBytes }, settings, tools);
}

type Artifact = ObjectHead & { body: Readable };

/** A zip archive is read from its end, so it has to lie in a file first. */
async function deployFiles({ body }: Artifact, settings: S3DeploySettings, tools: ProviderTools): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-deploy-'));
  try {
    const file = join(folder, 'artifact.zip');
    await pipeline(body, createWriteStream(file), { signal: tools.signal }).catch((error) => {
      throw tools.signal.aborted ? error : objectFailure('read', 'the input artifact', error);
    });
    for await (const entry of readZip(file, tools.archiveLimits)) {
      tools.signal.throwIfAborted();
      if (!entry.name.endsWith('/')) await deployEntry(entry, settings, tools);
    }
  } catch (error) {
    if (error instanceof RefusedArchiveError) {
      throw new JobFailure('JobFailed', `The archive was not deployed: ${error.message}.`, error);
    }
    throw error instanceof MalformedArchiveError ? malformed(error) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names are taken as they are: leading slashes stay, a symbolic link deploys its target's name (behaviour D.5). */
async function deployEntry(entry: ZipEntry, settings: S3DeploySettings, tools: ProviderTools): Promise<void> {
  const { name, sizeBytes } = entry;
  if (name.split('/').includes('..')) {
    throw new JobFailure('ConfigurationError', `The archive has an entry that leads out of it: ${shownName(name)}`);
  }
  const key = settings.objectKey === undefined ? name : `${settings.objectKey}/${name}`;
  if (key.includes('\0') || Buffer.byteLength(key) > maxKeyBytes) {
    throw new JobFailure('ConfigurationError', `The archive has an entry that is no object key: ${shownName(name)}`);
  }
  const body = await entry.open();
  try {
    await put(key, { body, sizeBytes }, settings, tools);
  } catch (error) {
    // A store may wrap the error of the stream it was reading from.
    throw body.errored instanceof MalformedArchiveError ? malformed(body.errored) : error;
  } finally {
    body.destroy();
  }
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
    // Looking for the bucket beforehand would take a right that writing to it does not.
    if (error instanceof Error && error.name === 'NoSuchBucket') {
      throw new JobFailure('ConfigurationError', `The bucket ${bucket} does not exist.`, error);
    }
    throw objectFailure('write', `s3://${bucket}/${key}`, error);
  }
}

function malformed(error: Error): JobFailure {
  return new JobFailure('JobFailed', 'The archive is malformed.', error);
}
