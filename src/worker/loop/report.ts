import type { FailureDetails, Job } from '../../contract/generated.ts';
import { cleanMessage } from '../job-failure.ts';
import type { JobEnd, JobOutcome, JobSource } from './job-source.ts';
import { isRefusal, type RetryOptions, retryUntilSettled } from './retry-until-settled.ts';

/** Refusals that leave the job open: without another report the action would wait for its time-out (behaviour A.6). */
const openRefusals = new Set(['ValidationException', 'OutputVariablesSizeExceededException']);

/** Reports how a job ended; never rejects, since nobody could do more about it than the log says. */
export async function report(source: JobSource, job: Job, outcome: JobOutcome, retry: RetryOptions): Promise<JobEnd> {
  const { jobId, log } = retry;
  try {
    await send(source, job, outcome, retry);
    const end = outcome.status === 'Succeeded' && outcome.continuationToken ? 'Continued' : outcome.status;
    log.info({ jobId, end }, 'job reported');
    return end;
  } catch (error) {
    if (outcome.status === 'Succeeded' && isRefusal(error) && openRefusals.has(error.name)) {
      const failureDetails: FailureDetails = {
        type: 'ConfigurationError',
        message: `The result of the job was refused: ${error.message}`,
      };
      return report(source, job, { status: 'Failed', failureDetails }, retry);
    }
    if (isRefusal(error)) {
      log.warn({ jobId, err: error }, 'the server refused the report; the job ended without us');
      return 'ended';
    }
    log.error({ jobId, err: error }, 'the report could not be delivered and is given up');
    return 'unreported';
  }
}

function send(source: JobSource, job: Job, outcome: JobOutcome, retry: RetryOptions): Promise<void> {
  if (outcome.status === 'Succeeded') {
    const { status: _, ...success } = outcome;
    return retryUntilSettled(() => source.succeed(job, success), retry);
  }
  const { failureDetails } = outcome;
  const failure = { ...failureDetails, message: cleanMessage(failureDetails.message) };
  return retryUntilSettled(() => source.fail(job, failure), retry);
}
