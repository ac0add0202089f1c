// @ts-check
// A job cycle on PostgreSQL with ten workers over signed HTTP, against two job queues on the same server, used as
// libraries with ten at once, and against our own statements called in process.
import { openCycles, serveCycles } from './support/cycle-sides.mjs';
import { inTurn, rateOf, ratioRow } from './support/in-turn.mjs';
import { openGraphileWorker, openPgBoss } from './support/peers.mjs';
import { PostgresServer } from './support/postgres.mjs';
import { openPostgresStore } from './support/product.mjs';
import { report } from './support/results.mjs';
import { Scratch } from './support/scratch.mjs';

const question = 'poll, acknowledge and success over HTTP on PostgreSQL, ten workers, against job queues without HTTP';
const workers = 10;
const sampleMs = 3000;

/** @type {(work: () => Promise<void>) => Promise<void>} */
const cycle = (work) => work();

await Scratch.use(async (scratch) => {
  const postgres = await PostgresServer.start();
  scratch.atEnd(() => postgres.stop());
  const overHttp = await serveCycles(scratch, {
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
  const samples = await inTurn({
    served: () => rateOf(overHttp, cycle, sampleMs),
    graphile: () => graphile.rate(sampleMs),
    boss: () => rateOf(boss.callers, boss.cycle, sampleMs),
    called: () => rateOf(inProcess, cycle, sampleMs),
  });
  report('job-cycle', question, [
    ratioRow('cycles/s against graphile-worker', samples.served, samples.graphile, { atLeast: 1 }),
    ratioRow('cycles/s against pg-boss', samples.served, samples.boss, { atLeast: 1 }),
    ratioRow('cycles/s against our own statements without HTTP', samples.served, samples.called, { atLeast: 0.5 }),
  ]);
});
