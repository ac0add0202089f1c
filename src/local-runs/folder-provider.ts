import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Job } from '../contract/generated.ts';
import type { Commit } from '../git/commits.ts';
import { writeArtifact } from '../providers/artifact-access.ts';
import { variablesOf } from '../providers/git-source/variables.ts';
import { configurationOf, encryptionOf, locationOf } from '../providers/job-reading.ts';
import type { Provider, ProviderTools } from '../providers/provider.ts';
import { packEntries } from '../worker/archives/pack-folder.ts';
import { JobFailure } from '../worker/job-failure.ts';
import type { JobOutcome } from '../worker/loop/job-source.ts';
import { listRepository, listSourceFiles, type SourceFolder, SourceFolderError } from './source-folder.ts';

/** The file that an image source stores; deploy actions read it. */
const imageDetail = 'imageDetail.json';

/**
 * Makes a provider of source actions read folders of this machine, by the names of their actions; nothing is polled. Other
 * providers stay as they are.
 */
export function fromFolders(provider: Provider, folders: ReadonlyMap<string, SourceFolder>): Provider {
  const { actionTypeId } = provider;
  if (actionTypeId.category !== 'Source') return provider;
  return {
    actionTypeId,
    run(job, tools) {
      const name = job.data?.pipelineContext?.action?.name ?? '';
      const folder = folders.get(name);
      if (!folder) throw new JobFailure('ConfigurationError', `No folder was given for the source '${name}'.`);
      return runFolderSource(actionTypeId.provider, folder, job, tools);
    },
  };
}

async function runFolderSource(
  provider: string,
  folder: SourceFolder,
  job: Job,
  tools: ProviderTools,
): Promise<JobOutcome> {
  const target = { ...locationOf(job.data?.outputArtifacts?.[0], 'output'), ...encryptionOf(job) };
  const file = join(tools.git.scratchFolder, randomUUID());
  try {
    const configuration = configurationOf(job);
    const isClone = configuration.OutputArtifactFormat === 'CODEBUILD_CLONE_REF';
    const { sizeBytes, md5, sha1 } = await packSource(folder, { file, isClone }, tools.signal);
    const body = createReadStream(file);
    await writeArtifact({ ...target, body, sizeBytes, contentType: 'application/zip' }, tools);
    const commit = folder.git?.commit ?? unversioned(folder, sha1);
    const outputVariables = await variablesFor(provider, { folder, commit, md5 }, configuration);
    return outcomeOf(commit, outputVariables);
  } finally {
    await rm(file, { force: true });
  }
}

/** Packs a folder into a file; the same files give the same bytes. */
async function packSource(
  folder: SourceFolder,
  { file, isClone }: { file: string; isClone: boolean },
  signal: AbortSignal,
) {
  const digests = { md5: createHash('md5'), sha1: createHash('sha1') };
  let sizeBytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      sizeBytes += chunk.length;
      digests.md5.update(chunk);
      digests.sha1.update(chunk);
      done(null, chunk);
    },
  });
  const repository = isClone ? await listRepository(folder).catch(asFailure) : [];
  const entries = [...repository, ...(await listSourceFiles(folder).catch(asFailure))];
  await pipeline(packEntries(entries), counting, createWriteStream(file), { signal });
  return { sizeBytes, md5: digests.md5.digest('hex'), sha1: digests.sha1.digest('hex') };
}

function asFailure(error: unknown): never {
  if (!(error instanceof SourceFolderError)) throw error;
  throw new JobFailure('ConfigurationError', `The source cannot be read: ${error.message}.`);
}

/** Returns what stands for the commit of a folder without Git: the same files have the same. */
function unversioned({ path }: SourceFolder, id: string): Commit {
  return {
    id,
    message: `Files of ${basename(path)}`,
    authorName: '',
    authorEmail: '',
    authoredAt: '1980-01-02T00:00:00Z',
    committedAt: Date.UTC(1980, 0, 2),
  };
}

async function variablesFor(
  provider: string,
  { folder, commit, md5 }: { folder: SourceFolder; commit: Commit; md5: string },
  configuration: Record<string, string>,
): Promise<Record<string, string>> {
  if (provider === 'ECR') return imageVariables(folder, configuration);
  if (provider === 'S3') {
    const { S3Bucket = '', S3ObjectKey = '' } = configuration;
    return { BucketName: S3Bucket, ETag: md5, ObjectKey: S3ObjectKey, VersionId: commit.id };
  }
  const { BranchName, Branch, FullRepositoryId, RepositoryName, Repo } = configuration;
  const source = {
    repositoryName: FullRepositoryId ?? RepositoryName ?? Repo ?? basename(folder.path),
    branch: folder.git?.branch ?? BranchName ?? Branch ?? '',
    repository: { remote: { url: folder.path }, providerType: 'GitHub' },
  };
  return variablesOf(provider, source, commit, configuration);
}

/** Reads what an image source would have found from the file that it would have stored. */
async function imageVariables(
  { path }: SourceFolder,
  { RepositoryName = '', ImageTag = 'latest' }: Record<string, string>,
): Promise<Record<string, string>> {
  let detail: Record<string, unknown>;
  try {
    detail = JSON.parse(await readFile(join(path, imageDetail), 'utf8')) as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new JobFailure('ConfigurationError', `The folder of an image source needs a file ${imageDetail}: ${why}.`);
  }
  const { ImageDigest = '', ImageURI = '', RegistryId = '' } = detail;
  return {
    ImageDigest: String(ImageDigest),
    ImageTag,
    ImageURI: String(ImageURI),
    RegistryId: String(RegistryId),
    RepositoryName,
  };
}

function outcomeOf(commit: Commit, outputVariables: Record<string, string>): JobOutcome {
  const [subject = ''] = commit.message.split('\n');
  return {
    status: 'Succeeded',
    executionDetails: { summary: subject.slice(0, 2048), externalExecutionId: commit.id, percentComplete: 100 },
    currentRevision: {
      revision: commit.id,
      changeIdentifier: new Date(commit.committedAt).toISOString(),
      revisionSummary: commit.message.slice(0, 2048),
      created: commit.committedAt / 1000,
    },
    outputVariables,
  };
}
