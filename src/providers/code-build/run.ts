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

/** Runs the build of a project on the input artifacts. */
export async function runCodeBuild(job: Job, tools: ProviderTools): Promise<JobOutcome> {
  const { primarySource, buildspec, isBatch, projectName, variables } = readSettings(job);
  if (isBatch)
    throw new JobFailure(
      'ConfigurationError',
      'BatchEnabled is not available: actions run single builds. Batches are started with StartBuildBatch.',
    );
  const encryptionKey = job.data?.encryptionKey?.id;
  const places = await buildPlaces(job, tools, primarySource);
  return performByBuild(job.id ?? '', tools, () =>
    tools.builds.startProject({
      projectName,
      variables,
      ...places,
      ...(buildspec !== undefined && { buildspec }),
      ...(encryptionKey !== undefined && { encryptionKey }),
    }),
  );
}
