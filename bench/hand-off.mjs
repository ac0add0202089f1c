// @ts-check
// The time until a waiting worker gets a job: from the call that makes an action ready, or the result of the previous
// action, to the response of a held poll. Compared with graphile-worker, from adding a job to starting it, on the same
// PostgreSQL server; one job at a time on otherwise idle servers.
import { Caller } from './support/caller.mjs';
import { measureAlternately, valueRow } from './support/comparison.mjs';
import { declareTypes, pipelineOf } from './support/cycle.mjs';
import { createResults, fromStart, settle } from './support/hand-off-sides.mjs';
import { createHttpClient } from './support/http-client.mjs';
import { startMillrace } from './support/millrace.mjs';
import { openGraphileWorker } from './support/peers.mjs';
import { PostgresServer } from './support/postgres.mjs';
import { report } from './support/results.mjs';
import { Scratch } from './support/scratch.mjs';
import { rootKey } from './support/signer.mjs';
import { median, quantile } from './support/statistics.mjs';

const question =
  'a job that is ready until a held poll has it, on PostgreSQL, against add until start of graphile-worker';
const samplesPerTurn = 100;

await Scratch.use(async (scratch) => {
  const postgres = await PostgresServer.start();
  scratch.atEnd(() => postgres.stop());
  const url = await postgres.createDatabase('hand_off');
  const [near, far] = await serve(scratch, url);
  const graphile = await listen(scratch, await postgres.createDatabase('graphile'));
  const next = createResults({ ...near, pipelineName: 'Results' });
  const samples = await measureAlternately({
    started: () => many(() => fromStart({ ...near, pipelineName: 'Starts' })),
    elsewhere: () => many(() => fromStart({ ...near, poller: far.poller, pipelineName: 'Starts' })),
    graphile: () => many(graphile),
  });
  const { results } = await measureAlternately({ results: () => many(next) });
  const [ours, other, theirs] = [samples.started.flat(), samples.elsewhere.flat(), samples.graphile.flat()];
  const sinceCall = ours.map((sample) => sample.sinceCall);
  const peer = theirs.map((sample) => sample.sinceCall);
  const p99 = (/** @type {number[]} */ values) => quantile(values, 0.99);
  report('hand-off', question, [
    valueRow('start called until held poll has it, p50 ms', median(sinceCall), { atMost: 3, theirs: median(peer) }),
    valueRow('the same, p99 ms', p99(sinceCall), { atMost: 15, theirs: p99(peer) }),
    valueRow('start answered until held poll has it, p50 ms', median(ours.map((sample) => sample.sinceAnswer)), {
      theirs: median(theirs.map((sample) => sample.sinceAnswer)),
    }),
    valueRow(
      'start called until a poll at another node has it, p50 ms',
      median(other.map(({ sinceCall }) => sinceCall)),
    ),
    valueRow('the same, p99 ms', p99(other.map(({ sinceCall }) => sinceCall))),
    valueRow('result sent until next action is offered, p50 ms', median(results.flat()), { atMost: 5 }),
    valueRow('the same, p99 ms', p99(results.flat())),
  ]);
});

/**
 * Starts two nodes on one database, with clients for each.
 *
 * @param {Scratch} scratch
 * @param {string} databaseUrl
 */
async function serve(scratch, databaseUrl) {
  const data = scratch.folder('first');
  const options = ['--database-url', databaseUrl, '--master-keys', `${data}/master-keys.json`];
  // Nodes must share an artifact store, which each result asks for the job's outputs.
  const store = await startMillrace(scratch.folder('store'));
  scratch.atEnd(() => store.stop());
  options.push('--artifact-store', store.url);
  const secrets = {
    MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID: rootKey.accessKeyId,
    MILLRACE_ARTIFACT_STORE_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
  };
  const nodes = [];
  for (const folder of [data, scratch.folder('second')]) {
    const server = await startMillrace(folder, options, secrets);
    scratch.atEnd(() => server.stop());
    const callers = await Caller.openMany(server.url, 2);
    scratch.atEnd(() => callers.map((caller) => caller.close()));
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
  const graphile = await openGraphileWorker(databaseUrl);
  scratch.atEnd(() => graphile.close());
  /** @type {(startedAt: number) => void} */
  let report = () => undefined;
  const worker = await graphile.listen((startedAt) => report(startedAt));
  scratch.atEnd(() => worker.stop());
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
 * @param {() => Promise<Sample>} measure
 * @returns {Promise<Sample[]>}
 */
async function many(measure) {
  const samples = [];
  for (let count = 0; count < samplesPerTurn; count += 1) samples.push(await measure());
  return samples;
}
