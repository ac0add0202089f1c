import { ServiceError } from '../../../contract/errors.ts';
import type { ActionType, Job, PollForJobsInput } from '../../../contract/generated.ts';
import { actionTypePhrase, type CataloguedActionType, queryableProperty } from '../../../model/action-type.ts';
import { type QueueKey, queueKey, queueOf } from '../../../model/queue-key.ts';
import type { Poll } from '../../../queue/waiter.ts';
import type { JobRecord } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { findActionType } from '../action-types/get-action-type.ts';
import { poll } from '../operation.ts';
import { actionTypeOf } from '../resources.ts';
import { grantOf, toPolledJob } from './job-data.ts';

/**
 * Hands out waiting jobs of one custom type, oldest first (behaviour A.2). Returns at once, unless the caller asked to
 * wait until there is a job; a waiting poll whose client has disconnected claims nothing.
 */
export const pollForJobs = poll('PollForJobs', {
  note: 'complete',
  resources: actionTypeOf,
  prepare(input, scope, dependencies) {
    const { actionTypeId } = input;
    const { actionTypes } = dependencies.store;
    let known: { type: CataloguedActionType; key: QueueKey } | undefined;
    return async (call) => {
      if (actionTypeId.owner !== 'Custom') {
        throw new ServiceError('ValidationException', `ActionType with owner '${actionTypeId.owner}' is not supported`);
      }
      const type = actionTypes.known?.(scope, actionTypeId) ?? (await findActionType(actionTypeId, call, dependencies));
      // The type may have been deleted and created again with another queryable property.
      if (known?.type !== type) {
        const queryValue = checkQuery(input, type.definition);
        known = { type, key: queueKey(queueOf(scope, actionTypeId), queryValue) };
      }
      const records = await dependencies.jobQueue.claim(known.key, claimOf(input, call, dependencies));
      return { jobs: records.length === 0 ? [] : await handOut(records, dependencies) };
    };
  },
});

/** Returns what a poll claims: one job unless it asks for more (decision 6). */
export function claimOf(
  { maxBatchSize = 1 }: { maxBatchSize?: number },
  { waitMs, signal, origin }: Call,
  { settings: { leaseMs, maxPollBatchSize } }: Dependencies,
): Poll {
  return { limit: Math.min(maxBatchSize, maxPollBatchSize), leaseMs, waitMs, signal, origin };
}

/**
 * Returns the claimed jobs with their credentials. A job whose credentials can't be created is left out, and offered
 * again when its lease ends. If credentials failed for every job, the poll fails, so the worker sees the error.
 */
async function handOut(records: JobRecord[], dependencies: Dependencies): Promise<Job[]> {
  const outcomes = await Promise.allSettled(
    records.map(async (record) =>
      toPolledJob(record, await dependencies.workerCredentials(grantOf(record, dependencies)), dependencies),
    ),
  );
  const jobs = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure && jobs.length === 0) throw failure.reason;
  return jobs;
}

/** Returns the value to poll for; '' for a type without a queryable property. The texts are ours (decision 7). */
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
