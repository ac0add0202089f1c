// @ts-check
// The time until a waiting worker gets a job: from the call that makes an action ready, or the result of the previous
// action, to the response of a held poll. Compared with graphile-worker, from adding a job to starting it, on the same
// PostgreSQL server; one job at a time on otherwise idle servers.
import { benchmark } from './support/benchmark.mjs';
import { Caller } from './support/caller.mjs';
import { measureAlternately, ratioRow, valueRow } from './support/comparison.mjs';
import { declareTypes, pipelineOf } from './support/cycle.mjs';
import { fromResults, fromStart, settle } from './support/hand-off-sides.mjs';
import { createHttpClient } from './support/http-client.mjs';
import { startMillrace } from './support/millrace.mjs';
import { openGraphileWorker } from './support/peers.mjs';
import { PostgresServer } from './support/postgres.mjs';
import { rootKey } from './support/signer.mjs';
import { median, quantile } from './support/statistics.mjs';

/** @import { Scratch } from './support/scratch.mjs' */

const question =
  'a job that is ready until a held poll has it, on PostgreSQL, against add until start of graphile-worker';
const samplesPerTurn = 100;
/** Each has nineteen results that queue the next action. */
const executionsPerTurn = 5;

await benchmark('hand-off', question, async (scratch) => {
  const postgres = await PostgresServer.start(scratch);
  const url = await postgres.createDatabase('hand_off');
  const [near, far] = await serve(scratch, url);
  const graphile = await listen(scratch, await postgres.createDatabase('graphile'));
  const samples = await measureAlternately({
    started: () => many(samplesPerTurn, () => fromStart({ ...near, pipelineName: 'Starts' })),
    elsewhere: () => many(samplesPerTurn, () => fromStart({ ...near, poller: far.poller, pipelineName: 'Starts' })),
    results: () => many(executionsPerTurn, () => fromResults({ ...near, pipelineName: 'Results' })),
    graphile: () => many(samplesPerTurn, graphile),
  });
  const started = ofStart(samples.started);
  const elsewhere = ofStart(samples.elsewhere);
  const added = ofStart(samples.graphile);
  const results = samples.results.map((turn) => turn.flat());
  const others = (/** @type {typeof samples.started} */ turns) =>
    turns.flatMap((turn) => turn.map((sample) => sample.sinceAnswer));
  return [
    ratioOf('start called until held poll has it, p50 ms', 0.5, started, added, { atMost: 1 }),
    ratioOf('the same, p99 ms', 0.99, started, added, { atMost: 1 }),
    ratioOf('result sent until next action is offered, p50 ms', 0.5, results, added, { atMost: 1.2 }),
    ratioOf('the same, p99 ms', 0.99, results, added),
    ratioOf('start called until a poll at another node has it, p50 ms', 0.5, elsewhere, added),
    ratioOf('the same, p99 ms', 0.99, elsewhere, added),
    valueRow('start answered until held poll has it, p50 ms', median(others(samples.started)), {
      theirs: median(others(samples.graphile)),
    }),
  ];
});

/** @type {(turns: { sinceCall: number }[][]) => number[][]} */
function ofStart(turns) {
  return turns.map((turn) => turn.map(({ sinceCall }) => sinceCall));
}

/**
 * Compares a quantile of each turn.
 *
 * @param {string} what
 * @param {number} share
 * @param {number[][]} own
 * @param {number[][]} peer
 * @param {{ atMost: number }} [target]
 */
function ratioOf(what, share, own, peer, target) {
  const of = (/** @type {number[][]} */ turns) => turns.map((turn) => quantile(turn, share));
  return ratioRow(what, of(own), of(peer), target);
}

/**
 * Starts two nodes on one database, with clients for each.
 *
 * @param {Scratch} scratch
 * @param {string} databaseUrl
 */
async function serve(scratch, databaseUrl) {
  const data = scratch.folder('near');
  const options = ['--database-url', databaseUrl, '--master-keys', `${data}/master-keys.json`];
  // Nodes must share an artifact store, which each result asks for the job's outputs.
  const store = await startMillrace(scratch, scratch.folder('store'));
  options.push('--artifact-store', store.url);
  const secrets = {
    MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID: rootKey.accessKeyId,
    MILLRACE_ARTIFACT_STORE_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
  };
  const nodes = [];
  for (const [profile, folder] of Object.entries({ near: data, far: scratch.folder('far') })) {
    const server = await startMillrace(scratch, folder, { options, secrets, profile });
    const callers = await Caller.openMany(scratch, server.url, 2);
    const [client, poller] = callers.map(createHttpClient);
    if (!client || !poller) throw new Error('expected two clients');
    nodes.push({ server, client, poller });
  }
  const [near, far] = nodes;
  if (!near || !far) throw new Error('expected two nodes');
  await Caller.use(near.server.url, async (caller) => {
    await declareTypes(caller);
    for (const name of ['Starts', 'Results']) {
      await caller.call('CreatePipeline', { pipeline: pipelineOf(name) });
      // The first execution started with the pipeline.
      const job = await near.client.poll('Source');
      if (job) await near.client.fail(job);
    }
  });
  return /** @type {const} */ ([near, far]);
}

/**
 * Starts a waiting graphile-worker; returns a function that measures the ms from adding a job to its start.
 *
 * @param {Scratch} scratch
 * @param {string} databaseUrl
 */
async function listen(scratch, databaseUrl) {
  const graphile = await openGraphileWorker(scratch, databaseUrl);
  /** @type {(startedAt: number) => void} */
  let report = () => undefined;
  await graphile.listen((startedAt) => report(startedAt));
  return async () => {
    await settle();
    const started = new Promise((/** @type {(startedAt: number) => void} */ resolve) => {
      report = resolve;
    });
    const calledAt = performance.now();
    await graphile.add();
    const answeredAt = performance.now();
    const startedAt = await started;
    return { sinceCall: startedAt - calledAt, sinceAnswer: startedAt - answeredAt };
  };
}

/**
 * @template Sample
 * @param {number} times
 * @param {() => Promise<Sample>} measure
 * @returns {Promise<Sample[]>}
 */
async function many(times, measure) {
  const samples = [];
  for (let count = 0; count < times; count += 1) samples.push(await measure());
  return samples;
}
