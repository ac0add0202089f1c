// @ts-check
/** @import { PolledJob } from './cycle.mjs' */
/** @import { Scratch } from './scratch.mjs' */
import { Caller } from './caller.mjs';
import { createWorker, declareTypes, pipelineOf } from './cycle.mjs';
import { createHttpDesk } from './http-desk.mjs';

/** What is timed, in this order, by the names of the table. @typedef {Record<string, () => Promise<unknown>>} Calls */

const callersAtOnce = 16;
const actions = 2;

/** @type {(number: number) => string} */
function nameOf(number) {
  return `History-${String(number).padStart(4, '0')}`;
}

/**
 * Pipelines of a source and an action, each with one execution that has succeeded.
 *
 * @param {string} url
 * @param {number} pipelines
 */
export async function declareHistory(url, pipelines) {
  const callers = await Caller.openMany(url, callersAtOnce);
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
      const desk = createHttpDesk(caller);
      const work = createWorker({ ...desk, start: async () => undefined });
      while (jobs < pipelines * actions) {
        jobs += 1;
        await work();
      }
    }),
  );
  for (const caller of callers) caller.close();
}

/**
 * Calls that go round the first few pipelines: two reads, and what a job goes through, at the price of its execution.
 *
 * @param {Scratch} scratch
 * @param {string} url
 * @param {number} asked how many pipelines
 * @returns {Promise<Calls>}
 */
export async function createCalls(scratch, url, asked) {
  const caller = await Caller.open(url);
  scratch.atEnd(() => caller.close());
  const desk = createHttpDesk(caller);
  let turn = 0;
  const name = () => nameOf(turn % asked);
  /** @type {PolledJob | undefined} */
  let job;
  const held = () => {
    if (!job) throw new Error('the poll brought no job');
    return job;
  };
  return {
    GetPipelineState: () => caller.call('GetPipelineState', { name: name() }),
    ListPipelineExecutions: () => caller.call('ListPipelineExecutions', { pipelineName: name() }),
    StartPipelineExecution: () => desk.start(name()),
    PollForJobs: async () => {
      job = await desk.poll('Source');
    },
    AcknowledgeJob: () => desk.acknowledge(held()),
    PutJobFailureResult: () => {
      turn += 1;
      return desk.fail(held());
    },
  };
}
