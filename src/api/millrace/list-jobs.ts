import { ServiceError } from '../../contract/errors.ts';
import type { JobStatus } from '../../contract/generated.ts';
import { typeKeyOfQueue } from '../../model/queue-key.ts';
import { isOpenJob, jobStatuses } from '../../model/status.ts';
import type { ListedJob } from '../../store/jobs/job-history.ts';
import type { AdminInput, AdminOperation } from './operation.ts';
import { readPlace } from './place.ts';
import { jobMembers, showJob } from './show-job.ts';
import { everyResource } from './touched-resource.ts';

/** Jobs looked through in one call, however few of them are wanted. */
const maxLooked = 1000;
const maxJobs = 1000;
const defaultJobs = 100;

const openStatuses = Object.keys(jobStatuses).filter((status) => isOpenJob(status as JobStatus));

/** What waits and what runs, without secrets, credentials and results. */
export const listJobs: AdminOperation = {
  sentence: 'Lists jobs of the account and region, oldest first; by default those waiting or running.',
  resource: everyResource,
  input: {
    statuses: {
      type: 'strings',
      isRequired: false,
      sentence: `Of ${Object.keys(jobStatuses).join(', ')}; default: those of jobs that have not ended.`,
    },
    actionType: { type: 'string', isRequired: false, sentence: 'Such as `Build/Custom/Mill/1`.' },
    queryValue: { type: 'string', isRequired: false, sentence: 'Value of the queryable property.' },
    pipelineName: { type: 'string', isRequired: false, sentence: 'Name of a pipeline.' },
    pipelineExecutionId: { type: 'string', isRequired: false, sentence: 'Id of an execution.' },
    actionName: { type: 'string', isRequired: false, sentence: 'Name of an action.' },
    maxResults: { type: 'number', isRequired: false, range: [1, maxJobs], sentence: `Default ${defaultJobs}.` },
    nextToken: { type: 'string', isRequired: false, sentence: 'From an earlier response with the same filters.' },
  },
  output: {
    jobs: `For each job: ${jobMembers}.`,
    nextToken: 'Present if there may be more; a page may have fewer jobs than requested, or none.',
  },
  async run(input, account, { store, now }, call) {
    const { maxResults = defaultJobs, pipelineExecutionId } = input;
    const isWanted = wantedBy(input);
    const search = {
      isOpen: readStatuses(input.statuses).every((status) => openStatuses.includes(status)),
      executionId: pipelineExecutionId === undefined ? undefined : String(pipelineExecutionId),
      after: readPlace(input.nextToken),
      limit: maxLooked,
    };
    const { jobs, looked, lookedTo } = await store.jobHistory.list({ account, region: call.region }, search);
    const wanted = jobs.filter(isWanted);
    const page = wanted.slice(0, Number(maxResults));
    const last = page.at(-1);
    const at = now();
    return {
      jobs: page.map((job) => showJob(job, at)),
      nextToken:
        last && wanted.length > page.length ? String(last.sequence) : looked < maxLooked ? undefined : String(lookedTo),
    };
  },
};

function readStatuses(statuses: AdminInput[string]): string[] {
  if (!Array.isArray(statuses) || statuses.length === 0) return openStatuses;
  const unknown = statuses.find((status) => !Object.hasOwn(jobStatuses, status));
  if (unknown === undefined) return statuses;
  throw new ServiceError('ValidationException', `There is no job status '${unknown}'.`);
}

function wantedBy(input: AdminInput): (job: ListedJob) => boolean {
  const statuses = readStatuses(input.statuses);
  const { actionType, queryValue, pipelineName, actionName } = input;
  const fits = (wanted: AdminInput[string], value: string) => wanted === undefined || wanted === value;
  return (job) =>
    statuses.includes(job.status) &&
    fits(actionType, typeKeyOfQueue(job.queue)) &&
    fits(queryValue, job.queryValue) &&
    fits(pipelineName, job.pipelineName) &&
    fits(actionName, job.actionName);
}
