import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Job } from '../../contract/generated.ts';
import { type Commit, readCommit } from '../../git/commits.ts';
import { GitError } from '../../git/git-error.ts';
import type { CachedRepository } from '../../git/repository-cache.ts';
import { packTree } from '../../git/tree-archive.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { writeArtifact } from '../artifact-access.ts';
import { configurationOf, encryptionOf, locationOf } from '../job-reading.ts';
import type { Provider, ProviderTools, ProviderTypeId } from '../provider.ts';
import { checkGitSource, gitFailure, headOf } from './check.ts';
import { findSource, type GitSource } from './repository.ts';
import { variablesOf } from './variables.ts';

/** How long fetching from a repository may take. */
const fetchTimeoutMs = 15 * 60 * 1000;

/** The most that the files of an artifact may have together: the service's limit for CodeCommit and GitHub. */
const maxTreeBytes = 1024 ** 3;

const maxSummaryChars = 2048;

/** A commit of a repository that a source action reads. */
interface Fetched extends GitSource {
  commit: Commit;
}

function gitProvider(owner: 'AWS' | 'ThirdParty', provider: string): Provider {
  const actionTypeId: ProviderTypeId = { category: 'Source', owner, provider, version: '1' };
  return {
    actionTypeId,
    run: (job, tools) => runGitSource(provider, job, tools),
    check: (location, { git, signal }) => checkGitSource(provider, location, { ...git, signal }),
  };
}

/** The providers of Git repositories; the catalogue says what their configurations hold (behaviour D.1). */
export const gitSources: readonly Provider[] = [
  gitProvider('AWS', 'CodeCommit'),
  gitProvider('AWS', 'CodeStarSourceConnection'),
  gitProvider('ThirdParty', 'GitHub'),
];

async function runGitSource(provider: string, job: Job, tools: ProviderTools): Promise<JobOutcome> {
  const { git, signal } = tools;
  const configuration = configurationOf(job);
  const output = job.data?.outputArtifacts?.[0];
  const target = { ...locationOf(output, 'output'), ...encryptionOf(job) };
  const file = join(git.scratchFolder, randomUUID());
  try {
    const source = await findSource(provider, configuration, git);
    const revision = output?.revision ?? (await headOf(source, { ...git, signal }));
    const limits = { timeoutMs: fetchTimeoutMs, signal };
    const isReference = configuration.OutputArtifactFormat === 'CODEBUILD_CLONE_REF';
    // A file, because an external store needs the length in advance, and others wait for the repository.
    const commit = await git.cache.use(source.repository.remote, async (repository) => {
      await fetchCommit(repository, revision, source, limits);
      const found = await readCommit(repository, revision, limits);
      const { id, committedAt } = found;
      if (isReference) await writeFile(file, cloneReference(source, found));
      else {
        const packed = await packTree(repository, { commit: id, committedAt, maxBytes: maxTreeBytes }, limits);
        await pipeline(packed, createWriteStream(file), { signal });
      }
      return found;
    });
    const { size: sizeBytes } = await stat(file);
    await writeArtifact({ ...target, body: createReadStream(file), sizeBytes }, tools);
    return success(provider, { ...source, commit }, configuration);
  } catch (error) {
    throw signal.aborted ? error : gitFailure(error);
  } finally {
    await rm(file, { force: true });
  }
}

/** Fetches a commit, by its branch if the server doesn't give commits by their ids. */
async function fetchCommit(
  repository: CachedRepository,
  commit: string,
  { branch, repositoryName }: GitSource,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)) {
    throw new JobFailure('RevisionUnavailable', `'${commit}' is not the id of a commit.`);
  }
  if (await repository.has(commit, limits)) return;
  try {
    return await repository.fetch([commit], limits);
  } catch (error) {
    if (!(error instanceof GitError) || (error.failure !== 'missing' && error.failure !== 'refused')) throw error;
  }
  await repository.fetch([`refs/heads/${branch}`], limits);
  if (await repository.has(commit, limits)) return;
  const message = `The repository ${repositoryName} has no commit ${commit} that can be reached from '${branch}'.`;
  throw new JobFailure('RevisionUnavailable', message);
}

/** Returns the artifact that a build clones the repository by; AWS has not published its own form. */
function cloneReference({ repository, repositoryName, branch }: GitSource, commit: Commit): string {
  const { url } = repository.remote;
  return JSON.stringify({ repositoryUrl: url, repositoryName, branchName: branch, commitId: commit.id });
}

function success(provider: string, fetched: Fetched, configuration: Record<string, string>): JobOutcome {
  const { commit } = fetched;
  const [subject = ''] = commit.message.split('\n');
  return {
    status: 'Succeeded',
    executionDetails: {
      summary: subject.slice(0, maxSummaryChars),
      externalExecutionId: commit.id,
      percentComplete: 100,
    },
    currentRevision: {
      revision: commit.id,
      changeIdentifier: new Date(commit.committedAt).toISOString(),
      revisionSummary: commit.message.slice(0, maxSummaryChars),
      created: commit.committedAt / 1000,
    },
    outputVariables: variablesOf(provider, fetched, commit, configuration),
  };
}
