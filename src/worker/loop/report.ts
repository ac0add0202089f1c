import type { FailureDetails, Job } from '../../contract/generated.ts';
import { cleanMessage } from '../job-failure.ts';
import type { JobEnd, JobOutcome, JobSource } from './job-source.ts';
import { isRefusal, type RetryOptions, retryUntilSettled } from './retry-until-settled.ts';

/** Rejections that leave the job open: without another report the action would time out (behaviour A.6). */
const openRejections = new Set(['ValidationException', 'OutputVariablesSizeExceededException']);

/** Reports how a job ended; never rejects, because the caller could only log the error. */
export async function report(source: JobSource, job: Job, outcome: JobOutcome, retry: RetryOptions): Promise<JobEnd> {
  const { jobId, log } = retry;
  try {
    await send(source, job, outcome, retry);
    const end = outcome.status === 'Succeeded' && outcome.continuationToken ? 'Continued' : outcome.status;
    log.info({ jobId, end }, 'job reported');
    return end;
  } catch (error) {
    if (outcome.status === 'Succeeded' && isRefusal(error) && openRejections.has(error.name)) {
      const failureDetails: FailureDetails = {
        type: 'ConfigurationError',
        message: `The result of the job was rejected: ${error.message}`,
      };
      return report(source, job, { status: 'Failed', failureDetails }, retry);
    }
    if (isRefusal(error)) {
      log.warn({ jobId, err: error }, 'the server rejected the report: the job had already ended');
      return 'ended';
    }
    log.error({ jobId, err: error }, 'the report could not be delivered; giving up');
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
