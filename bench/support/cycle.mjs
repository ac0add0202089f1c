// @ts-check
// The measured cycle: a worker polls a job, acknowledges it and reports its success, and the engine queues the job of the
// pipeline's next action. An execution has twenty sequential actions in six stages; the worker that reports the last one
// starts the next execution. So one cycle in twenty includes a start, and the ends of stages are included too: nothing
// a running pipeline does is left out.

/** @typedef {'Source' | 'Build'} Category */

/**
 * @typedef {object} PolledJob
 * @property {string} id
 * @property {string} nonce
 * @property {string} pipelineName
 * @property {boolean} isLast whether the execution ends with it
 */

/**
 * The calls of a worker, however it reaches the product.
 *
 * @typedef {object} JobClient
 * @property {(category: Category) => Promise<PolledJob | undefined>} poll
 * @property {(job: PolledJob) => Promise<unknown>} acknowledge
 * @property {(job: PolledJob) => Promise<unknown>} succeed
 * @property {(pipelineName: string) => Promise<unknown>} start
 */

/**
 * A client that can also wait for a job and report a failure.
 *
 * @typedef {JobClient & {
 *   poll: (category: Category, waitSeconds?: number) => Promise<PolledJob | undefined>,
 *   fail: (job: PolledJob) => Promise<unknown>,
 * }} WaitingClient
 */

/** More than there are workers, so that a job is always waiting. */
const pipelines = 100;
const stages = 5;
const actions = 4;
const lastAction = 'Last';

/** @type {(category: Category) => { category: Category, owner: 'Custom', provider: string, version: string }} */
export function typeIdOf(category) {
  return { category, owner: 'Custom', provider: 'Bench', version: '1' };
}

/** The result in every report. */
export const result = {
  executionDetails: { summary: '1,204 checks passed in 38 s', externalExecutionId: 'build-2026-01-15-0042' },
  outputVariables: { Revision: '5f2c1e8a94b7d3600c11e5a2f7d8b9c04e6a1d37' },
};

/** @type {(actionName: string) => boolean} */
export function isLastAction(actionName) {
  return actionName === lastAction;
}

/**
 * Creates the types and pipelines through the API; each pipeline starts its first execution.
 *
 * @param {import('./caller.mjs').Caller} caller
 */
export async function declareCycle(caller) {
  await declareTypes(caller);
  for (let number = 0; number < pipelines; number += 1) {
    await caller.call('CreatePipeline', { pipeline: pipelineOf(`Cycle-${number}`) });
  }
}

/** @param {import('./caller.mjs').Caller} caller */
export async function declareTypes(caller) {
  for (const category of /** @type {const} */ (['Source', 'Build'])) {
    await caller.call('CreateCustomActionType', {
      ...typeIdOf(category),
      configurationProperties: ['Command', 'Image'].map((name) => ({
        name,
        required: false,
        key: false,
        secret: false,
      })),
      inputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
    });
  }
}

/**
 * Returns a pipeline of a source action, then sequential actions that each read its artifact and write their own.
 *
 * @param {string} name
 * @param {{ stages: number, actions: number }} [size] how many stages, and actions in each
 */
export function pipelineOf(name, size = { stages, actions }) {
  const last = size.stages * size.actions - 1;
  /** @type {(number: number) => object} */
  const actionOf = (number) => ({
    name: number === last ? lastAction : `Action-${number}`,
    actionTypeId: typeIdOf(number === 0 ? 'Source' : 'Build'),
    runOrder: (number % size.actions) + 1,
    configuration: { Command: 'make --jobs=4 all check', Image: 'registry.example.com/builders/debian:2026-01-15' },
    inputArtifacts: number === 0 ? [] : [{ name: 'Artifact-0' }],
    outputArtifacts: [{ name: `Artifact-${number}` }],
  });
  // The source has its own stage, as the API requires.
  return {
    name,
    roleArn: 'arn:aws:iam::123456789012:role/Pipeline',
    artifactStore: { type: 'S3', location: 'artifacts' },
    stages: [
      { name: 'Source', actions: [actionOf(0)] },
      ...Array.from({ length: size.stages }, (_, stage) => ({
        name: `Stage-${stage + 1}`,
        actions: Array.from({ length: size.actions }, (_, number) => stage * size.actions + number)
          .filter((number) => number > 0)
          .map(actionOf),
      })),
    ],
  };
}

/**
 * Creates a worker: a function that does one cycle.
 *
 * @param {JobClient} client
 */
export function createWorker(client) {
  /** @type {Category} */
  let category = 'Source';
  return async () => {
    let job = await client.poll(category);
    while (!job) {
      category = category === 'Source' ? 'Build' : 'Source';
      job = await client.poll(category);
    }
    await client.acknowledge(job);
    await client.succeed(job);
    if (job.isLast) await client.start(job.pipelineName);
    category = job.isLast ? 'Source' : 'Build';
  };
}
