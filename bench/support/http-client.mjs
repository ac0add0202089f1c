// @ts-check
/** @import { Caller } from './caller.mjs' */
/** @import { WaitingClient } from './cycle.mjs' */
import { isLastAction, result, typeIdOf } from './cycle.mjs';

/**
 * Creates a worker's client of the API: signed calls over its own connection, reading only what a worker needs.
 *
 * @param {Caller} caller
 * @returns {WaitingClient}
 */
export function createHttpClient(caller) {
  return {
    async poll(category, waitSeconds) {
      const headers = waitSeconds === undefined ? undefined : { 'x-millrace-wait-seconds': waitSeconds };
      const input = { actionTypeId: typeIdOf(category), maxBatchSize: 1 };
      const [job] = (await caller.call('PollForJobs', input, headers)).jobs;
      if (!job) return undefined;
      const { pipelineName, action } = job.data.pipelineContext;
      return { id: job.id, nonce: job.nonce, pipelineName, isLast: isLastAction(action.name) };
    },
    acknowledge: ({ id, nonce }) => caller.call('AcknowledgeJob', { jobId: id, nonce }),
    succeed: ({ id }) => caller.call('PutJobSuccessResult', { jobId: id, ...result }),
    fail: ({ id }) =>
      caller.call('PutJobFailureResult', { jobId: id, failureDetails: { type: 'JobFailed', message: 'over' } }),
    start: (name) => caller.call('StartPipelineExecution', { name }),
  };
}
