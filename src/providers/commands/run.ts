import type { Job } from '../../contract/generated.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { performByBuild, waitsForBuilds } from '../build-job.ts';
import { buildPlaces } from '../build-places.ts';
import { configurationOf } from '../job-reading.ts';
import type { Provider, ProviderTools } from '../provider.ts';
import { commandsBuildspec } from './buildspec.ts';

/** The time that the service gives commands; the action has as much, so usually that ends first. */
const timeoutMs = 55 * 60_000;

/** These providers; the catalogue says what their configuration holds (behaviour D.2, F.5). */
export const commands: Provider[] = (['Compute', 'Rule'] as const).map((category) => ({
  actionTypeId: { category, owner: 'AWS', provider: 'Commands', version: '1' },
  ...waitsForBuilds,
  run: runCommands,
}));

/** Runs the commands of an action as a build without a project. */
export async function runCommands(job: Job, tools: ProviderTools): Promise<JobOutcome> {
  const { compute } = tools.action;
  if (!compute) throw new JobFailure('ConfigurationError', 'The action has no commands.');
  const { ComputeType, EnvironmentType = 'LINUX_CONTAINER' } = configurationOf(job);
  if (EnvironmentType !== 'LINUX_CONTAINER') {
    const message = `The EnvironmentType ${EnvironmentType} is not available: this server runs commands on Linux.`;
    throw new JobFailure('ConfigurationError', message);
  }
  const { pipelineName = '', stage, action } = job.data?.pipelineContext ?? {};
  const places = await buildPlaces(job, tools);
  const encryptionKey = job.data?.encryptionKey?.id;
  const start = () =>
    tools.builds.startOrder({
      kind: 'Commands',
      projectName: [pipelineName, stage?.name, action?.name].join('.'),
      isPrivileged: false,
      hasNetwork: true,
      buildspec: { text: commandsBuildspec(compute, { hasOutput: places.artifact !== undefined }) },
      variables: {
        project: [],
        start: compute.environmentVariables.map(({ name, value, type = 'PLAINTEXT' }) => ({ name, value, type })),
      },
      ...places,
      serviceRole: tools.objects.roleArn,
      timeoutMs,
      queuedTimeoutMs: timeoutMs,
      logGroup: `/aws/codepipeline/${pipelineName}`,
      ...(ComputeType !== undefined && { computeType: ComputeType }),
      ...(encryptionKey !== undefined && { encryptionKey }),
    });
  return performByBuild(job.id ?? '', tools, { start, ended: tools.builds.ended });
}
