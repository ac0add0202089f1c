import { ServiceError } from '../contract/errors.ts';
import type { BuildFailureReason } from '../model/build.ts';
import { JobFailure } from '../worker/job-failure.ts';
import { checkOutputVariables, type JobOutcome } from '../worker/loop/job-source.ts';
import type { EndedBuild, Provider, ProviderTools, StartedBuild } from './provider.ts';

/**
 * How nodes perform jobs that are builds: they only wait, so many fit and none is worth waiting for when a node stops; the
 * next node finds the build again.
 */
export const waitsForBuilds = { concurrency: 1000, stopGraceMs: 0 } as const satisfies Partial<Provider>;

/** Starts the build of a job, or its batch, shows it with the action, waits for its end and returns how the job ended. */
export async function performByBuild(
  jobId: string,
  tools: ProviderTools,
  { start, ended }: { start(): Promise<StartedBuild>; ended(id: string): Promise<EndedBuild> },
): Promise<JobOutcome> {
  const { id: externalExecutionId, logStreamArn } = await start().catch((error: unknown) => {
    throw error instanceof ServiceError ? refusedStart(jobId, error) : error;
  });
  await tools.progress({ externalExecutionId, ...(logStreamArn !== undefined && { logStreamArn }) });
  return outcomeOf(await ended(externalExecutionId));
}

/** Says why no build was started as the service says it. */
function refusedStart(jobId: string, { code, httpStatus, message }: ServiceError): JobFailure {
  const origin = `(Service: AWSCodeBuild; Status Code: ${httpStatus}; Error Code: ${code}; Request ID: ${jobId})`;
  const type = code === 'AccessDeniedException' ? 'PermissionError' : 'JobFailed';
  return new JobFailure(type, `Error calling startBuild: ${message} ${origin}`);
}

function outcomeOf(build: EndedBuild): JobOutcome {
  const { id: externalExecutionId, exportedVariables } = build;
  if (build.status !== 'SUCCEEDED') {
    const failureDetails = { type: 'JobFailed', message: failureText(build), externalExecutionId } as const;
    return { status: 'Failed', failureDetails };
  }
  const outputVariables = Object.fromEntries(exportedVariables.map(({ name, value }) => [name, value]));
  checkOutputVariables(outputVariables);
  return {
    status: 'Succeeded',
    executionDetails: { externalExecutionId, percentComplete: 100 },
    ...(exportedVariables.length > 0 && { outputVariables }),
  };
}

/** Returns the service's text, which names the first phase that failed. */
function failureText({ status, phases, failure }: EndedBuild): string {
  const failed = phases.find((phase) => phase.failure !== undefined);
  const texts = failed?.failure
    ? [`Phase: ${failed.type}`, ...reasonTexts(failed.failure)]
    : failure
      ? reasonTexts(failure)
      : [];
  return [`Build terminated with state: ${status}`, ...(texts.length > 0 ? [texts.join(', ')] : [])].join('. ');
}

function reasonTexts({ code, message }: BuildFailureReason): string[] {
  return [`Code: ${code}`, `Message: ${message}`];
}
