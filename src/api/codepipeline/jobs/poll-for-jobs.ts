import { ServiceError } from '../../../contract/errors.ts';
import type { ActionType, Job, PollForJobsInput } from '../../../contract/generated.ts';
import { actionTypePhrase } from '../../../engine/tick/start-action.ts';
import { type CataloguedActionType, queryableProperty } from '../../../model/action-type.ts';
import { queueOf } from '../../../model/job.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { claimOrWait } from '../../../queue/claim-jobs.ts';
import type { ClaimedQueue, JobRecord } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { findActionType } from '../action-types/find-action-type.ts';
import { operation } from '../operation.ts';
import { actionTypeOf } from '../resources.ts';
import { grantOf, toPolledJob } from './job-data.ts';

/**
 * Hands out waiting jobs of one custom type, oldest first (behaviour A.2). Answers at once, unless the caller asked to
 * be held until a job is there; a held poll whose client has gone claims nothing.
 */
export const pollForJobs = operation('PollForJobs', {
  note: 'complete',
  resources: actionTypeOf,
  isPoll: true,
  async run(input, call, parts) {
    const { owner } = input.actionTypeId;
    if (owner !== 'Custom') {
      throw new ServiceError('ValidationException', `ActionType with owner '${owner}' is not supported`);
    }
    const { actionTypes } = parts.store;
    const type =
      actionTypes.known?.(call, input.actionTypeId) ?? (await findActionType(input.actionTypeId, call, parts));
    const records = await claimOrWait(wantedOf(input, call, type), input.maxBatchSize, call, parts);
    if (records.length === 0) return { jobs: [] };
    return { jobs: await handOut(records, parts) };
  },
});

/**
 * The claimed jobs with their credentials. One whose credentials cannot be had is not told: its lease ends, and it is
 * offered again. When that befell them all the poll fails, so that the worker's side sees it too.
 */
async function handOut(records: JobRecord[], parts: Dependencies): Promise<Job[]> {
  const outcomes = await Promise.allSettled(
    records.map(async (record) => toPolledJob(record, await parts.workerCredentials(grantOf(record, parts)), parts)),
  );
  const jobs = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure && jobs.length === 0) throw failure.reason;
  return jobs;
}

/** What an input asked for last. The same poll has the same input object for as long as it is remembered. */
const wants = new WeakMap<PollForJobsInput, Scope & { type: CataloguedActionType; wanted: ClaimedQueue }>();

function wantedOf(input: PollForJobsInput, { account, region }: Call, type: CataloguedActionType): ClaimedQueue {
  const known = wants.get(input);
  if (known?.type === type && known.account === account && known.region === region) return known.wanted;
  const queue = queueOf({ account, region }, input.actionTypeId);
  const wanted = { queue, queryValue: checkQuery(input, type.definition) };
  wants.set(input, { account, region, type, wanted });
  return wanted;
}

/** The value to look for; '' for a type without a queryable property. The texts are ours (decision 7). */
function checkQuery({ queryParam, actionTypeId }: PollForJobsInput, type: ActionType): string {
  const property = queryableProperty(type);
  if (property === undefined && queryParam === undefined) return '';
  const [entry] = Object.entries(queryParam ?? {});
  const refuse = (text: string) => new ServiceError('ValidationException', `${actionTypePhrase(actionTypeId)} ${text}`);
  if (property === undefined) {
    if (entry) throw refuse('has no queryable configuration property. The queryParam must be empty.');
    return '';
  }
  if (entry?.[0] !== property) {
    throw refuse(`has the queryable configuration property '${property}'. The queryParam must have exactly that key.`);
  }
  return entry[1];
}
