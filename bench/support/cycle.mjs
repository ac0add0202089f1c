// @ts-check
// The cycle that is measured: a worker polls a job, acknowledges it and reports its success, upon which the engine queues
// the job of the pipeline's next action. Twenty actions of an execution come one after another, in five stages; the
// worker that has reported the last one starts the next execution. So one cycle in twenty pays a start besides, and half
// of the stages' ends are in it as well: nothing is left out that a pipeline does while it runs.

/** @typedef {'Source' | 'Build'} Category */

/**
 * @typedef {object} PolledJob
 * @property {string} id
 * @property {string} nonce
 * @property {string} pipelineName
 * @property {boolean} isLast whether the execution ends with it
 */

/**
 * What a worker does, whichever way it reaches the product.
 *
 * @typedef {object} Desk
 * @property {(category: Category) => Promise<PolledJob | undefined>} poll
 * @property {(job: PolledJob) => Promise<unknown>} acknowledge
 * @property {(job: PolledJob) => Promise<unknown>} succeed
 * @property {(pipelineName: string) => Promise<unknown>} start
 */

/**
 * One that can also wait for a job, and report that one failed.
 *
 * @typedef {Desk & {
 *   poll: (category: Category, waitSeconds?: number) => Promise<PolledJob | undefined>,
 *   fail: (job: PolledJob) => Promise<unknown>,
 * }} WaitingDesk
 */

/** More than there are workers, so that a job always waits. */
const pipelines = 100;
const stages = 5;
const actions = 4;
const lastAction = 'Last';

/** @type {(category: Category) => { category: Category, owner: 'Custom', provider: string, version: string }} */
export function typeIdOf(category) {
  return { category, owner: 'Custom', provider: 'Bench', version: '1' };
}

/** What every report says. */
export const result = {
  executionDetails: { summary: '1,204 checks passed in 38 s', externalExecutionId: 'build-2026-01-15-0042' },
  outputVariables: { Revision: '5f2c1e8a94b7d3600c11e5a2f7d8b9c04e6a1d37' },
};

/** @type {(actionName: string) => boolean} */
export function isLastAction(actionName) {
  return actionName === lastAction;
}

/**
 * Declares the types and the pipelines through the API; each pipeline starts its first execution by itself.
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
 * A source action, then actions in turn that each take its artifact and write one of their own.
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
  // The source stands alone in its stage, as the API wants it.
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
 * A worker: answers a function that does one cycle.
 *
 * @param {Desk} desk
 */
export function createWorker(desk) {
  /** @type {Category} */
  let category = 'Source';
  return async () => {
    let job = await desk.poll(category);
    while (!job) {
      category = category === 'Source' ? 'Build' : 'Source';
      job = await desk.poll(category);
    }
    await desk.acknowledge(job);
    await desk.succeed(job);
    if (job.isLast) await desk.start(job.pipelineName);
    category = job.isLast ? 'Source' : 'Build';
  };
}
