// @ts-check
/** @import { Scratch } from './scratch.mjs' */
import { fileURLToPath } from 'node:url';
import { Caller } from './caller.mjs';
import { result, typeIdOf } from './cycle.mjs';
import { ServerProcess } from './server-process.mjs';

const program = fileURLToPath(new URL('queue-server.mjs', import.meta.url));

/**
 * Starts a job queue behind a signed HTTP server, with workers that poll, acknowledge and report as ours do.
 *
 * @param {Scratch} scratch
 * @param {{ queue: 'graphile-worker' | 'pg-boss', databaseUrl: string, workers: number }} settings
 */
export async function serveQueue(scratch, { queue, databaseUrl, workers }) {
  const server = await ServerProcess.start(scratch, [program, queue, databaseUrl]);
  const callers = await Caller.openMany(scratch, server.url, workers);
  return { server, work: callers.map(createQueueWorker) };
}

/** @param {Caller} caller */
function createQueueWorker(caller) {
  const input = { actionTypeId: typeIdOf('Build'), maxBatchSize: 1 };
  const poll = async () => (await caller.call('PollForJobs', input)).jobs[0];
  return async () => {
    let job = await poll();
    while (!job) job = await poll();
    await caller.call('AcknowledgeJob', { jobId: job.id, nonce: '0' });
    await caller.call('PutJobSuccessResult', { jobId: job.id, ...result });
  };
}
