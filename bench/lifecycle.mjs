// @ts-check
// The cost of a job result on a pipeline at its quotas, as a ratio to one on the smallest pipeline. A result locks,
// loads, decides and writes durably; only its own execution may matter, not the size of the pipeline around it.
/** @import { Store } from '../src/store/store.ts' */
/** @import { Duration } from './support/statistics.mjs' */
import { benchmark } from './support/benchmark.mjs';
import { createFlow } from './support/flow.mjs';
import { pipelineOf } from './support/pipelines.mjs';
import { openEmbeddedStore } from './support/product.mjs';
import { median, quantile, timed } from './support/statistics.mjs';

const question =
  'a job result at the quotas (1,000 actions, 50 stages, 50 executions) against one on the smallest pipeline';
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
/** Results of each pipeline in a round: every execution of the large one advances by a stage. */
const resultsPerRound = 1000;

const smallest = { stages: 2, actions: 1, isParallel: false };
const inTurn = { stages: 50, actions: 20, isParallel: false };
const atOnce = { stages: 50, actions: 20, isParallel: true };

await benchmark('lifecycle', question, async (scratch) => {
  const folder = scratch.folder('store');
  const store = await scratch.ownOpened(
    () => openEmbeddedStore(folder, Date.now),
    (opened) => opened.close(),
  );
  const small = await createFlow(store, pipelineOf('Smallest', smallest));
  const flows = {
    'actions in turn': await createFlow(store, pipelineOf('InTurn', inTurn)),
    'actions at once': await createFlow(store, pipelineOf('AtOnce', atOnce)),
  };
  const rows = [];
  for (const [shape, large] of Object.entries(flows)) {
    await large.fill();
    rows.push(...(await compare(shape, small, large)));
  }
  return [await commitAlone(store), ...rows];
});

/**
 * Measures one small durable commit, which is part of the cost on both sides.
 *
 * @param {Store} store
 */
async function commitAlone(store) {
  const samples = [];
  for (let count = 0; count < resultsPerRound; count += 1) {
    samples.push(await timed(() => store.keepSetting(`commit-${count}`, 'x')));
  }
  return row('a commit of one row', samples);
}

/**
 * @typedef {{ claim: Duration, result: Duration, stageName: string }} Sample
 * @typedef {Awaited<ReturnType<typeof createFlow>>} Flow
 */

/**
 * Reports results of both alternately, in rounds; the first round warms up and is not counted.
 *
 * @param {string} shape
 * @param {Flow} small
 * @param {Flow} large
 */
async function compare(shape, small, large) {
  await playRound(small, large);
  const played = [];
  for (let round = 0; round < rounds; round += 1) played.push(await playRound(small, large));
  const smallSamples = played.flatMap((round) => round.small);
  const largeSamples = played.flatMap((round) => round.large);
  const lastStage = largeSamples.filter(({ stageName }) => stageName === `Stage-${inTurn.stages - 1}`);
  const ratios = played.map((round) => ratioOf(resultsOf(round.large), resultsOf(round.small), elapsed));
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return [
    row('result, smallest pipeline', resultsOf(smallSamples)),
    { ...row(`result, ${shape}`, resultsOf(largeSamples), resultsOf(smallSamples)), 'ratio by round': spread },
    row(`result in the last stage, ${shape}`, resultsOf(lastStage), resultsOf(smallSamples)),
    row('claim, smallest pipeline', claimsOf(smallSamples)),
    row(`claim, ${shape}`, claimsOf(largeSamples), claimsOf(smallSamples)),
  ];
}

/**
 * Advances every execution of the large pipeline by one stage, and the small one by as many results in between.
 *
 * @param {Flow} small
 * @param {Flow} large
 * @returns {Promise<{ small: Sample[], large: Sample[] }>}
 */
async function playRound(small, large) {
  const samples = { small: /** @type {Sample[]} */ ([]), large: /** @type {Sample[]} */ ([]) };
  for (let count = 0; count < resultsPerRound; count += 1) {
    if (count % smallest.stages === 0) await small.start();
    samples.small.push(await small.step());
    samples.large.push(await large.step());
  }
  await large.start();
  return samples;
}

/** @type {(samples: Sample[]) => Duration[]} */
function resultsOf(samples) {
  return samples.map(({ result }) => result);
}

/** @type {(samples: Sample[]) => Duration[]} */
function claimsOf(samples) {
  return samples.map(({ claim }) => claim);
}

/** @type {(duration: Duration) => number} */
function elapsed({ elapsedMs }) {
  return elapsedMs;
}

/** @type {(duration: Duration) => number} */
function cpu({ cpuMs }) {
  return cpuMs;
}

/** @type {(samples: Duration[], base: Duration[], measure: (duration: Duration) => number) => number} */
function ratioOf(samples, base, measure) {
  return median(samples.map(measure)) / median(base.map(measure));
}

/**
 * Returns a row of the table: medians, and their ratios if there is something to compare with.
 *
 * @param {string} what
 * @param {Duration[]} samples
 * @param {Duration[]} [base]
 */
function row(what, samples, base) {
  const medians = {
    what,
    'median ms': Number(median(samples.map(elapsed)).toFixed(3)),
    'p95 ms': Number(quantile(samples.map(elapsed), 0.95).toFixed(3)),
    'cpu ms': Number(median(samples.map(cpu)).toFixed(3)),
  };
  if (!base) return medians;
  return {
    ...medians,
    ratio: Number(ratioOf(samples, base, elapsed).toFixed(2)),
    'cpu ratio': Number(ratioOf(samples, base, cpu).toFixed(2)),
  };
}
