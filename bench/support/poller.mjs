// @ts-check
// Polls a server in a separate thread until a stop is requested, and reports how long each poll took: in the thread that
// transfers objects, polls would wait for the client instead of the server.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Caller } from './caller.mjs';

const pauseMs = 5;

/**
 * Returns the durations in ms of the polls for an action type that were made during `work`.
 *
 * @param {string} url
 * @param {object} actionTypeId
 * @param {() => Promise<unknown>} work
 * @returns {Promise<number[]>}
 */
export async function pollsDuring(url, actionTypeId, work) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { url, actionTypeId } });
  const durations = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await work();
  worker.postMessage('stop');
  return /** @type {Promise<number[]>} */ (durations);
}

if (!isMainThread && parentPort) {
  const { url, actionTypeId } = workerData;
  let isOver = false;
  parentPort.once('message', () => {
    isOver = true;
  });
  /** @type {number[]} */
  const durations = [];
  await Caller.use(url, async (caller) => {
    while (!isOver) {
      const startedAt = performance.now();
      await caller.call('PollForJobs', { actionTypeId });
      durations.push(performance.now() - startedAt);
      await sleep(pauseMs);
    }
  });
  parentPort.postMessage(durations);
}
