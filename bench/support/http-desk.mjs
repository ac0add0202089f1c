// @ts-check
/** @import { Caller } from './caller.mjs' */
/** @import { Desk } from './cycle.mjs' */
import { isLastAction, result, typeIdOf } from './cycle.mjs';

/**
 * A worker's place at the API: signed calls over its own connection. It reads of an answer what a worker needs.
 *
 * @param {Caller} caller
 * @returns {Desk}
 */
export function createHttpDesk(caller) {
  return {
    async poll(category) {
      const [job] = (await caller.call('PollForJobs', { actionTypeId: typeIdOf(category), maxBatchSize: 1 })).jobs;
      if (!job) return undefined;
      const { pipelineName, action } = job.data.pipelineContext;
      return { id: job.id, nonce: job.nonce, pipelineName, isLast: isLastAction(action.name) };
    },
    acknowledge: ({ id, nonce }) => caller.call('AcknowledgeJob', { jobId: id, nonce }),
    succeed: ({ id }) => caller.call('PutJobSuccessResult', { jobId: id, ...result }),
    start: (name) => caller.call('StartPipelineExecution', { name }),
  };
}
