// @ts-check
/** @import { PolledJob } from './cycle.mjs' */
/** @import { Scratch } from './scratch.mjs' */
import { Caller } from './caller.mjs';
import { createWorker, declareTypes, pipelineOf } from './cycle.mjs';
import { createHttpClient } from './http-client.mjs';

/** What is timed, in this order, by the names of the table. @typedef {Record<string, () => Promise<unknown>>} Calls */

const callersAtOnce = 16;
const actions = 2;

/** @type {(number: number) => string} */
function nameOf(number) {
  return `History-${String(number).padStart(4, '0')}`;
}

/**
 * Creates pipelines of a source and an action, each with one successful execution.
 *
 * @param {string} url
 * @param {number} pipelines
 */
export async function declareHistory(url, pipelines) {
  const callers = await Promise.all(Array.from({ length: callersAtOnce }, () => Caller.open(url)));
  await Caller.use(url, declareTypes);
  let created = 0;
  let jobs = 0;
  await Promise.all(
    callers.map(async (caller) => {
      while (created < pipelines) {
        const pipeline = pipelineOf(nameOf(created++), { stages: 1, actions });
        await caller.call('CreatePipeline', { pipeline });
      }
    }),
  );
  await Promise.all(
    callers.map(async (caller) => {
      const client = createHttpClient(caller);
      const work = createWorker({ ...client, start: async () => undefined });
      while (jobs < pipelines * actions) {
        jobs += 1;
        await work();
      }
    }),
  );
  for (const caller of callers) caller.close();
}

/**
 * Returns calls to the first few pipelines in rotation: two reads, and the steps of a job.
 *
 * @param {Scratch} scratch
 * @param {string} url
 * @param {number} asked how many pipelines
 * @returns {Promise<Calls>}
 */
export async function createCalls(scratch, url, asked) {
  const caller = await scratch.ownOpened(
    () => Caller.open(url),
    (opened) => opened.close(),
  );
  const client = createHttpClient(caller);
  let turn = 0;
  const name = () => nameOf(turn % asked);
  /** @type {PolledJob | undefined} */
  let job;
  const held = () => {
    if (!job) throw new Error('the poll returned no job');
    return job;
  };
  return {
    GetPipelineState: () => caller.call('GetPipelineState', { name: name() }),
    ListPipelineExecutions: () => caller.call('ListPipelineExecutions', { pipelineName: name() }),
    StartPipelineExecution: () => client.start(name()),
    PollForJobs: async () => {
      job = await client.poll('Source');
    },
    AcknowledgeJob: () => client.acknowledge(held()),
    PutJobFailureResult: () => {
      turn += 1;
      return client.fail(held());
    },
  };
}
