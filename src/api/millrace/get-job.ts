import type { JobEvent, JobResultSummary } from '../../contract/generated.ts';
import type { Job } from '../../model/job.ts';
import type { JobRecord, ListedJobEvent } from '../../store/store.ts';
import { createPageToken, cutPage, readPageToken } from '../page-token.ts';
import { toSeconds } from '../seconds.ts';
import { findAccountJob, type PlacedJob, summarizeJob } from './job-summary.ts';
import { ownOperation } from './operation.ts';
import { typeOfJob } from './resources.ts';

const pageSize = 1000;

/** Returns the history of a job, without secrets and credentials. */
export const getJob = ownOperation('GetJob', {
  resource: typeOfJob,
  async run({ jobId, nextToken: token }, call, dependencies) {
    const { store, sealer, now } = dependencies;
    const belongsTo = ['GetJob', jobId];
    const after = readPageToken<number>(sealer, belongsTo, token, 'ValidationException') ?? 0;
    const record = await findAccountJob(jobId, call, dependencies);
    const rows = await store.jobHistory.events(jobId, { after, limit: pageSize + 1 });
    const { items, nextToken } = cutPage(rows, pageSize, ({ sequence }) =>
      createPageToken(sealer, belongsTo, sequence),
    );
    const job = {
      ...summarizeJob(place(record), now()),
      actionStatus: record.action.status,
      result: showResult(record.job),
      ...(await store.jobHistory.chain(jobId)),
    };
    return { job, events: items.map(showEvent), nextToken };
  },
});

function place({ job, action, executionId, pipeline }: JobRecord): PlacedJob {
  const { stageName, actionName } = action;
  const isContinuation = job.continuationToken !== undefined;
  return { ...job, isContinuation, pipelineName: pipeline.name, executionId, stageName, actionName };
}

function showResult({ result }: Job): JobResultSummary | undefined {
  if (!result) return undefined;
  if (result.outcome === 'Failed') return { outcome: result.outcome, failureDetails: result.failureDetails };
  const { externalExecutionId, summary } = result.executionDetails ?? {};
  return { outcome: result.outcome, externalExecutionId, summary };
}

function showEvent({ kind, at, origin, nonce, leaseUntil }: ListedJobEvent): JobEvent {
  return { kind, at: toSeconds(at), ...origin, nonce, leaseUntil: toSeconds(leaseUntil) };
}
