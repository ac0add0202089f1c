import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Job } from '../../contract/generated.ts';
import { type Commit, readCommit } from '../../git/commits.ts';
import { packTree } from '../../git/tree-archive.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { writeArtifact } from '../artifact-access.ts';
import { configurationOf, encryptionOf, locationOf } from '../job-reading.ts';
import type { Provider, ProviderTools, ProviderTypeId, StartedRef } from '../provider.ts';
import { fetchTimeoutMs, gitFailure, headOf, repositoryChecks } from './check.ts';
import { fetchCommit } from './fetch-commit.ts';
import { findSource, type GitSource } from './repository.ts';
import { variablesOf } from './variables.ts';

/** The most that the files of an artifact may have together: the service's limit for CodeCommit and GitHub. */
const maxTreeBytes = 1024 ** 3;

const maxSummaryChars = 2048;

/** The repository and branch of an action, and what its execution was started for instead. */
interface StartedSource extends GitSource {
  ref?: StartedRef;
}

/** A commit of a repository that a source action reads. */
interface Fetched extends StartedSource {
  commit: Commit;
}

function gitProvider(owner: 'AWS' | 'ThirdParty', provider: string): Provider {
  const actionTypeId: ProviderTypeId = { category: 'Source', owner, provider, version: '1' };
  return {
    actionTypeId,
    run: (job, tools) => runGitSource(provider, job, tools),
    repository: repositoryChecks(provider),
  };
}

/** The providers of Git repositories; the catalogue says what their configurations hold (behaviour D.1). */
export const gitSources: readonly Provider[] = [
  gitProvider('AWS', 'CodeCommit'),
  gitProvider('AWS', 'CodeStarSourceConnection'),
  gitProvider('ThirdParty', 'GitHub'),
];

async function runGitSource(provider: string, job: Job, tools: ProviderTools): Promise<JobOutcome> {
  const { git, ref, signal } = tools;
  const configuration = configurationOf(job);
  const output = job.data?.outputArtifacts?.[0];
  const target = { ...locationOf(output, 'output'), ...encryptionOf(job) };
  const file = join(git.scratchFolder, randomUUID());
  try {
    const source = { ...(await findSource(provider, configuration, git)), ref };
    const revision = output?.revision ?? (await headOf(source, { ...git, signal }));
    const limits = { timeoutMs: fetchTimeoutMs, signal };
    const isReference = configuration.OutputArtifactFormat === 'CODEBUILD_CLONE_REF';
    // A file, because an external store needs the length in advance, and others wait for the repository.
    const commit = await git.cache.use(source.repository.remote, async (repository) => {
      const { repositoryName } = source;
      await fetchCommit(repository, { commit: revision, ref: refNameOf(source), repositoryName }, limits);
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

/** Returns the artifact that a build clones the repository by; AWS has not published its own form. */
function cloneReference(source: StartedSource, commit: Commit): string {
  const { repository, repositoryName, branch, ref } = source;
  const named = ref?.kind === 'tag' ? { tagName: ref.name } : { branchName: sourceBranchOf(ref) ?? branch };
  return JSON.stringify({ repositoryUrl: repository.remote.url, repositoryName, ...named, commitId: commit.id });
}

/** Returns the full name of the ref that has the commit of an execution. */
function refNameOf({ branch, ref }: StartedSource): string {
  return ref?.kind === 'tag' ? `refs/tags/${ref.name}` : `refs/heads/${sourceBranchOf(ref) ?? branch}`;
}

function sourceBranchOf(ref: StartedRef | undefined): string | undefined {
  if (ref?.kind === 'branch') return ref.name;
  return ref?.kind === 'pullRequest' ? ref.sourceBranch : undefined;
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
