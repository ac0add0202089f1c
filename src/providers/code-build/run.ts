import type { Job } from '../../contract/generated.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { performByBuild, waitsForBuilds } from '../build-job.ts';
import { buildPlaces } from '../build-places.ts';
import type { Provider, ProviderTools } from '../provider.ts';
import { readSettings } from './settings.ts';

/** These providers; the catalogue says what their configuration holds (behaviour D.2, F.4). */
export const codeBuild: Provider[] = (['Build', 'Test', 'Rule'] as const).map((category) => ({
  actionTypeId: { category, owner: 'AWS', provider: 'CodeBuild', version: '1' },
  ...waitsForBuilds,
  run: runCodeBuild,
}));

/** Runs the build of a project, or the batch of its buildspec, on the input artifacts. */
export async function runCodeBuild(job: Job, tools: ProviderTools): Promise<JobOutcome> {
  const { primarySource, buildspec, isBatch, projectName, variables } = readSettings(job);
  const { builds } = tools;
  const encryptionKey = job.data?.encryptionKey?.id;
  const build = {
    projectName,
    variables,
    ...(await buildPlaces(job, tools, primarySource)),
    ...(buildspec !== undefined && { buildspec }),
    ...(encryptionKey !== undefined && { encryptionKey }),
  };
  if (!isBatch) {
    return performByBuild(job.id ?? '', tools, { start: () => builds.startProject(build), ended: builds.ended });
  }
  if (job.data?.outputArtifacts?.length) {
    const message =
      'An action with BatchEnabled has no output artifacts here: nothing combines those of its builds. Take them out, or let the builds store what they make with aws s3 cp.';
    throw new JobFailure('ConfigurationError', message);
  }
  return performByBuild(job.id ?? '', tools, { start: () => builds.startBatch(build), ended: builds.batchEnded });
}
