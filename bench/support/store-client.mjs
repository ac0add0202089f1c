// @ts-check
/** @import { Store } from '../../src/store/store.ts' */
/** @import { JobResult } from '../../src/model/job.ts' */
/** @import { JobClient } from './cycle.mjs' */
import { isLastAction, result, typeIdOf } from './cycle.mjs';
import { scope } from './pipelines.mjs';
import { jobResult, newestNonce, queueKey, queueOf, startExecution } from './product.mjs';

const leaseMs = 30_000;
const origin = { callerArn: 'arn:aws:iam::123456789012:root', accessKeyId: 'AKIABENCHBENCHBENCH0', requestId: 'bench' };

/**
 * Creates a worker's client of the store itself: the same statements and engine as the API's calls, without HTTP,
 * signatures, validation and credentials.
 *
 * @param {Store} store
 * @returns {JobClient}
 */
export function createStoreClient(store) {
  return {
    async poll(category) {
      const at = Date.now();
      const key = queueKey(queueOf(scope, typeIdOf(category)));
      const [record] = await store.jobs.claim(key, { limit: 1, at, leaseUntil: at + leaseMs, origin });
      if (!record) return undefined;
      const { job, action, pipeline } = record;
      return {
        id: job.id,
        nonce: newestNonce(job),
        pipelineName: pipeline.name,
        isLast: isLastAction(action.actionName),
      };
    },
    acknowledge: ({ id, nonce }) => store.jobs.acknowledge(id, nonce, origin),
    succeed({ id }) {
      /** @type {JobResult} */
      const success = { outcome: 'Succeeded', ...result };
      const report = { jobId: id, result: success, continuationDelayMs: 1000 };
      return store.advance(
        { kind: 'job', jobId: id },
        (snapshot, moment) => jobResult(snapshot, report, moment),
        origin,
      );
    },
    start: (name) =>
      store.advance(
        { kind: 'pipeline', scope, name },
        (snapshot, moment) => startExecution(snapshot, { triggerType: 'StartPipelineExecution' }, moment),
        origin,
      ),
  };
}
