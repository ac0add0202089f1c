// @ts-check
// A job cycle on PostgreSQL with ten workers over signed HTTP, against two job queues on the same server: behind a bare
// signed HTTP server with as many workers, and as libraries with ten at once; and against our own statements in process.

import { measureAlternately, rateOf, ratioRow } from './support/comparison.mjs';
import { openCycles, serveCycles } from './support/cycle-sides.mjs';
import { openGraphileWorker, openPgBoss } from './support/peers.mjs';
import { PostgresServer } from './support/postgres.mjs';
import { openPostgresStore } from './support/product.mjs';
import { serveQueue } from './support/queue-workers.mjs';
import { report } from './support/results.mjs';
import { Scratch } from './support/scratch.mjs';

const question =
  'poll, acknowledge and success over HTTP on PostgreSQL, ten workers, against job queues with and without HTTP';
const workers = 10;
const sampleMs = 3000;

/** @type {(work: () => Promise<void>) => Promise<void>} */
const cycle = (work) => work();

await Scratch.use(async (scratch) => {
  const postgres = await PostgresServer.start();
  scratch.atEnd(() => postgres.stop());
  const ours = await serveCycles(scratch, {
    data: scratch.folder('http'),
    options: ['--database-url', await postgres.createDatabase('served')],
    workers,
  });
  const url = await postgres.createDatabase('in_process');
  const inProcess = await openCycles(scratch, {
    data: scratch.folder('in-process'),
    options: ['--database-url', url],
    workers,
    open: () => openPostgresStore({ url }, Date.now),
  });
  const graphile = await openGraphileWorker(await postgres.createDatabase('graphile'));
  scratch.atEnd(() => graphile.close());
  const boss = await openPgBoss(await postgres.createDatabase('boss'));
  scratch.atEnd(() => boss.close());
  const graphileServed = await serveQueue(scratch, {
    queue: 'graphile-worker',
    databaseUrl: await postgres.createDatabase('graphile_served'),
    workers,
  });
  const bossServed = await serveQueue(scratch, {
    queue: 'pg-boss',
    databaseUrl: await postgres.createDatabase('boss_served'),
    workers,
  });
  const cpuMs = () => postgres.cpuMs() + ownCpuMs();
  /** @type {(side: { server: { cpuMs(): number }, work: (() => Promise<void>)[] }) => Promise<Sample>} */
  const sampleServed = (side) =>
    sampleOf(
      () => rateOf(side.work, cycle, sampleMs),
      () => cpuMs() + side.server.cpuMs(),
    );
  const { served, called, toGraphile, toBoss, toServedGraphile, toServedBoss } = await measureAlternately({
    served: () => sampleServed(ours),
    toServedGraphile: () => sampleServed(graphileServed),
    toServedBoss: () => sampleServed(bossServed),
    toGraphile: () => sampleOf(() => graphile.rate(sampleMs), cpuMs),
    toBoss: () => sampleOf(() => rateOf(boss.callers, boss.cycle, sampleMs), cpuMs),
    called: () => sampleOf(() => rateOf(inProcess, cycle, sampleMs), cpuMs),
  });
  report('job-cycle', question, [
    ratioRow('cycles/s against graphile-worker behind HTTP', ratesOf(served), ratesOf(toServedGraphile), {
      atLeast: 1,
    }),
    ratioRow('cycles/s against pg-boss behind HTTP', ratesOf(served), ratesOf(toServedBoss), { atLeast: 1 }),
    ratioRow(
      'ms computed in all a cycle, graphile-worker behind HTTP',
      computedOf(served),
      computedOf(toServedGraphile),
    ),
    ratioRow('ms computed in all a cycle, pg-boss behind HTTP', computedOf(served), computedOf(toServedBoss)),
    ratioRow('cycles/s against graphile-worker', ratesOf(served), ratesOf(toGraphile), { atLeast: 0.65 }),
    ratioRow('cycles/s against pg-boss', ratesOf(served), ratesOf(toBoss), { atLeast: 0.65 }),
    ratioRow('cycles/s against our own statements called', ratesOf(served), ratesOf(called), { atLeast: 0.5 }),
    ratioRow('ms computed in all a cycle, graphile-worker', computedOf(served), computedOf(toGraphile)),
    ratioRow('ms computed in all a cycle, pg-boss', computedOf(served), computedOf(toBoss)),
    ratioRow('ms computed in all a cycle, our own statements', computedOf(served), computedOf(called)),
  ]);
});

/** @typedef {{ rate: number, computedMs: number }} Sample */

/**
 * Measures the rate, and the CPU time of a cycle in all processes, which says more than the rate on a busy machine.
 *
 * @param {() => Promise<number>} measure
 * @param {() => number} cpuMs
 * @returns {Promise<Sample>}
 */
async function sampleOf(measure, cpuMs) {
  const [startedAt, cpuBefore] = [performance.now(), cpuMs()];
  const rate = await measure();
  return { rate, computedMs: (cpuMs() - cpuBefore) / ((rate * (performance.now() - startedAt)) / 1000) };
}

function ownCpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @type {(samples: Sample[]) => number[]} */
function ratesOf(samples) {
  return samples.map(({ rate }) => rate);
}

/** @type {(samples: Sample[]) => number[]} */
function computedOf(samples) {
  return samples.map(({ computedMs }) => computedMs);
}
