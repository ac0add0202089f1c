import type { JobStatus, ListJobsInput } from '../../contract/generated.ts';
import { typeKeyOfQueue } from '../../model/queue-key.ts';
import { isOpenJob, jobStatuses } from '../../model/status.ts';
import type { ListedJob } from '../../store/store.ts';
import { createPageToken, readPageToken } from '../page-token.ts';
import { summarizeJob } from './job-summary.ts';
import { ownOperation } from './operation.ts';
import { everyResource } from './resources.ts';

/** Jobs read in one call, however few of them match. */
const maxRead = 1000;
const defaultPageSize = 100;

const openStatuses = (Object.keys(jobStatuses) as JobStatus[]).filter(isOpenJob);

/** Lists jobs without secrets, credentials and results. */
export const listJobs = ownOperation('ListJobs', {
  resource: everyResource,
  async run({ maxResults = defaultPageSize, nextToken: token, ...filter }, call, { store, sealer, now }) {
    const { account, region } = call;
    const belongsTo = ['ListJobs', account, region, JSON.stringify(filter)];
    const statuses = filter.statuses?.length ? filter.statuses : openStatuses;
    const search = {
      isOpen: statuses.every(isOpenJob),
      executionId: filter.pipelineExecutionId,
      after: readPageToken<number>(sealer, belongsTo, token, 'ValidationException') ?? 0,
      limit: maxRead,
    };
    const { jobs, looked, lookedTo } = await store.jobHistory.list({ account, region }, search);
    const matching = jobs.filter((job) => statuses.includes(job.status) && matches(job, filter));
    const page = matching.slice(0, maxResults);
    const last = page.at(-1);
    const isPageFull = last !== undefined && matching.length > page.length;
    const position = isPageFull ? last.sequence : looked < maxRead ? undefined : lookedTo;
    const at = now();
    return {
      jobs: page.map((job) => summarizeJob(job, at)),
      nextToken: position === undefined ? undefined : createPageToken(sealer, belongsTo, position),
    };
  },
});

function matches(job: ListedJob, { actionType, queryValue, pipelineName, actionName }: ListJobsInput): boolean {
  return (
    (actionType === undefined || actionType === typeKeyOfQueue(job.queue)) &&
    (queryValue === undefined || queryValue === job.queryValue) &&
    (pipelineName === undefined || pipelineName === job.pipelineName) &&
    (actionName === undefined || actionName === job.actionName)
  );
}
