import { text } from 'node:stream/consumers';
import type { Artifact, Job } from '../contract/generated.ts';
import type { BuildSource } from '../model/build.ts';
import { JobFailure } from '../worker/job-failure.ts';
import { openArtifact } from './artifact-access.ts';
import { locationOf } from './job-reading.ts';
import type { BuildPlaces, ProviderTools } from './provider.ts';

type Tools = Pick<ProviderTools, 'objects' | 'action'>;

/**
 * Returns where the build of a job has its sources and its artifacts: its primary source is the input artifact with that
 * name, by default the first. A single output artifact is the build's primary artifact, or the secondary one with its name;
 * several are its secondary ones, by their names (behaviour F.4).
 */
export async function buildPlaces(job: Job, tools: Tools, primaryName?: string): Promise<BuildPlaces> {
  const { inputArtifacts = [], outputArtifacts = [] } = job.data ?? {};
  const primary = primaryOf(inputArtifacts, primaryName);
  const outputs = outputArtifacts.map((output) => ({ ...locationOf(output, 'output'), packaging: 'ZIP' as const }));
  const [only] = outputs;
  return {
    source: primary ? await sourceOf(primary, tools) : { type: 'NO_SOURCE' },
    secondarySources: await Promise.all(
      inputArtifacts
        .filter((input) => input !== primary)
        .map(async (input) => ({ identifier: input.name ?? '', ...(await sourceOf(input, tools)) })),
    ),
    ...(primary && { sourceVersion: arnOf(primary) }),
    ...(primary?.revision !== undefined && { resolvedSourceVersion: primary.revision }),
    ...(outputs.length === 1 && only && { artifact: { ...only, orSecondary: outputArtifacts[0]?.name ?? '' } }),
    secondaryArtifacts:
      outputs.length > 1
        ? outputs.map((output, index) => ({ identifier: outputArtifacts[index]?.name ?? '', ...output }))
        : [],
  };
}

function primaryOf(inputs: Artifact[], name: string | undefined): Artifact | undefined {
  if (name === undefined) return inputs[0];
  const found = inputs.find((input) => input.name === name);
  if (found) return found;
  const names = inputs.map((input) => input.name).join(', ');
  throw new JobFailure(
    'ConfigurationError',
    `PrimarySource is '${name}', which is none of the input artifacts: ${names}.`,
  );
}

function arnOf(input: Artifact): string {
  const { bucket, key } = locationOf(input, 'input');
  return `arn:aws:s3:::${bucket}/${key}`;
}

/** The most bytes of a reference to a repository; an archive of files can be as small. */
const mostReferenceBytes = 16 * 1024;

/** Returns the object of an input artifact, or the repository that a source action wrote in place of its files. */
async function sourceOf(input: Artifact, { objects, action }: Tools): Promise<BuildSource> {
  const place = locationOf(input, 'input');
  const opened = await openArtifact(place, { objects });
  if (opened.sizeBytes <= mostReferenceBytes) {
    const reference = repositoryIn(await text(opened.body));
    if (reference) return reference;
  }
  opened.body.destroy();
  const versionId = action.inputVersions[input.name ?? ''];
  return { type: 'S3', ...place, ...(versionId !== undefined && { versionId }) };
}

/** Reads what a source action writes with the output format `CODEBUILD_CLONE_REF`; undefined if it is something else. */
function repositoryIn(content: string): BuildSource | undefined {
  if (!content.startsWith('{')) return undefined;
  try {
    const reference = JSON.parse(content) as Record<string, unknown>;
    const { repositoryUrl: url, repositoryName: name, commitId, branchName, tagName } = reference;
    if (typeof url !== 'string' || typeof name !== 'string' || typeof commitId !== 'string') return undefined;
    // Not every server gives a commit without the name of a ref that has it.
    const ref = typeof branchName === 'string' ? `refs/heads/${branchName}` : `refs/tags/${String(tagName)}`;
    const named = name.includes('/') ? { fullRepositoryId: name } : { repository: name };
    return { type: 'GIT', url, ref: `${ref}^{${commitId}}`, ...named };
  } catch {
    return undefined;
  }
}
