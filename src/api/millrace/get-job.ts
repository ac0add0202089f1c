import type { Job } from '../../model/job.ts';
import type { ListedJobEvent } from '../../store/jobs/job-history.ts';
import type { JobRecord } from '../../store/store.ts';
import { findJob, jobId } from './find-job.ts';
import type { AdminOperation } from './operation.ts';
import { readPlace } from './place.ts';
import { jobMembers, type PlacedJob, seconds, showJob } from './show-job.ts';
import { typeOfJob } from './touched-resource.ts';

const maxEvents = 1000;

/** The story of one job, without secrets and credentials. */
export const getJob: AdminOperation = {
  sentence: 'Returns a job and its events, oldest first.',
  resource: typeOfJob,
  input: {
    jobId,
    nextToken: {
      type: 'string',
      isRequired: false,
      sentence: 'From an earlier response, to get the events after those.',
    },
  },
  output: {
    job: `${jobMembers}; actionStatus; previousJobId and nextJobId in the chain of continuations; of its result outcome, externalExecutionId, summary and failureDetails.`,
    events:
      'For each event: kind (Delivered, Acknowledged, CredentialsMinted by GetJobDetails, Continued, Succeeded, Failed, TimedOut, Abandoned), at in seconds; of a call callerArn, accessKeyId and requestId; of a delivery nonce and leaseUntil in seconds. A delivery comes with credentials, too.',
    nextToken: 'Present if there are more events.',
  },
  async run(input, _account, { store, now }, call) {
    const id = String(input.jobId);
    const record = await findJob(id, call, { store });
    const events = await store.jobHistory.events(id, { after: readPlace(input.nextToken), limit: maxEvents + 1 });
    const page = events.slice(0, maxEvents);
    return {
      job: {
        ...showJob(place(record), now()),
        actionStatus: record.action.status,
        result: showResult(record.job),
        ...(await store.jobHistory.chain(id)),
      },
      events: page.map(showEvent),
      nextToken: events.length > maxEvents ? String(page.at(-1)?.sequence) : undefined,
    };
  },
};

function place({ job, action, executionId, pipeline }: JobRecord): PlacedJob {
  const { stageName, actionName } = action;
  const isContinuation = job.continuationToken !== undefined;
  return { ...job, isContinuation, pipelineName: pipeline.name, executionId, stageName, actionName };
}

function showResult({ result }: Job) {
  if (!result) return undefined;
  if (result.outcome === 'Failed') return { outcome: result.outcome, failureDetails: result.failureDetails };
  const { externalExecutionId, summary } = result.executionDetails ?? {};
  return { outcome: result.outcome, externalExecutionId, summary };
}

function showEvent({ kind, at, origin, nonce, leaseUntil }: ListedJobEvent) {
  return { kind, at: at / 1000, ...origin, nonce, leaseUntil: seconds(leaseUntil) };
}
