// @ts-check
// A job cycle on PostgreSQL with ten workers over signed HTTP, against two job queues on the same server: behind a bare
// signed HTTP server with as many workers, and as libraries with ten at once; and against our own statements in process.

/** @import { Load } from './support/loads.mjs' */
import { benchmark } from './support/benchmark.mjs';
import { base, baseTitle } from './support/builds.mjs';
import { measureAlternately, rateOf, ratioRow } from './support/comparison.mjs';
import { openCycles, serveCycles } from './support/cycle-sides.mjs';
import { cpuMsIn, loadDuring, loadOf, ownCpuMs, ratesOf } from './support/loads.mjs';
import { openGraphileWorker, openPgBoss } from './support/peers.mjs';
import { countWork, startCountable, workRow } from './support/postgres-work.mjs';
import { serveQueue } from './support/queue-workers.mjs';

const question =
  'poll, acknowledge and success over HTTP on PostgreSQL, ten workers, against job queues with and without HTTP';
const workers = 10;
const sampleMs = 2500;

/** @typedef {{ server: { cpuMs(): number }, work: (() => Promise<void>)[] }} Side */

/** @type {(work: () => Promise<void>) => Promise<void>} */
const cycle = (work) => work();

await benchmark('job-cycle', question, async (scratch) => {
  const postgres = await startCountable(scratch);
  const database = (/** @type {string} */ name) => postgres.createDatabase(name);
  const ours = await serveCycles(scratch, { name: 'served', databaseUrl: await database('served'), workers });
  const old =
    base && (await serveCycles(scratch, { name: 'base', databaseUrl: await database('base'), workers, of: base }));
  const callers = await openCycles(scratch, { name: 'called', databaseUrl: await database('called'), workers });
  const graphile = await openGraphileWorker(scratch, await database('graphile'));
  const boss = await openPgBoss(scratch, await database('boss'));
  /** @type {(queue: 'graphile-worker' | 'pg-boss', name: string) => Promise<Side>} */
  const serve = async (queue, name) => serveQueue(scratch, { queue, databaseUrl: await database(name), workers });
  const graphileServed = await serve('graphile-worker', 'graphile_served');
  const bossServed = await serve('pg-boss', 'boss_served');

  const cpuMs = () => postgres.cpuMs() + ownCpuMs();
  /** @type {(side: Side) => Promise<Load>} */
  const loadServed = ({ server, work }) => loadOf(work, cycle, { ms: sampleMs, cpuMs: () => cpuMs() + server.cpuMs() });
  const loads = await measureAlternately({
    served: () => loadServed(ours),
    toServedGraphile: () => loadServed(graphileServed),
    toServedBoss: () => loadServed(bossServed),
    toGraphile: () => loadDuring(() => graphile.rate(sampleMs), cpuMs),
    toBoss: () => loadOf(boss.callers, boss.cycle, { ms: sampleMs, cpuMs }),
    called: () => loadOf(callers, cycle, { ms: sampleMs, cpuMs }),
    servedOld: old && (() => loadServed(old)),
  });
  /** @type {(database: string, side: Side) => { database: string, work: () => Promise<number> }} */
  const counted = (name, { work }) => ({ database: name, work: () => cyclesOf(work) });
  const work = await countWork(postgres, {
    ours: counted('served', ours),
    graphile: counted('graphile_served', graphileServed),
    boss: counted('boss_served', bossServed),
    base: old && counted('base', old),
  });
  return [...comparedRows(loads), ...Object.entries(work).map(([what, each]) => workRow(what, each))];
});

/** @param {(() => Promise<void>)[]} work */
async function cyclesOf(work) {
  const startedAt = performance.now();
  const rate = await rateOf(work, cycle, sampleMs);
  return (rate * (performance.now() - startedAt)) / 1000;
}

/** @param {Record<'served' | 'toServedGraphile' | 'toServedBoss' | 'toGraphile' | 'toBoss' | 'called' | 'servedOld', Load[]>} loads */
function comparedRows({ served, toServedGraphile, toServedBoss, toGraphile, toBoss, called, servedOld }) {
  /** @type {[string, Load[], { atLeast: number }?][]} */
  const peers = [
    ['graphile-worker behind HTTP', toServedGraphile, { atLeast: 1 }],
    ['pg-boss behind HTTP', toServedBoss, { atLeast: 1 }],
    ['graphile-worker', toGraphile, { atLeast: 0.65 }],
    ['pg-boss', toBoss, { atLeast: 0.65 }],
    ['our own statements called', called, { atLeast: 0.5 }],
  ];
  if (base) peers.push([baseTitle, servedOld]);
  return [
    ...peers.map(([peer, samples, target]) =>
      ratioRow(`cycles/s against ${peer}`, ratesOf(served), ratesOf(samples), target),
    ),
    ...peers.map(([peer, samples]) =>
      ratioRow(`ms computed in all a cycle, ${peer}`, cpuMsIn(served), cpuMsIn(samples)),
    ),
  ];
}
