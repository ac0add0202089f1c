import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import { createChance } from '../engine/random.ts';
import { checkDataFolder } from './data-folder-check.ts';
import { untilMoreResults } from './going-on.ts';
import { createLedger, type Ledger, note } from './ledger.ts';
import { type Load, startLoad } from './load.ts';
import { mills, prepareMills } from './mill.ts';
import {
  checkSwept,
  isWhole,
  type KillRun,
  leaseMs,
  type Run,
  serverOptions,
  settle,
  withServer,
} from './server-run.ts';
import { startServerOn } from './single-server.ts';
import { createTarget } from './target.ts';

const mostRunning = 3;
const callPatienceMs = 30_000;
const fullPatienceMs = 30_000;
const refusals = 20;

/** What is told when there is no room, of JSON calls and of objects. */
const passingCodes = ['ServiceUnavailable', 'InsufficientStorage'];

/**
 * Fills the disk under a server again and again while clients work with it, makes room, kills it now and then, and
 * compares as `runKills` does. `disk` is where a small file system is mounted.
 */
export async function runFullDisk({ disk, ...asked }: KillRun & { disk: string }): Promise<Ledger> {
  const target = createTarget({ patienceMs: callPatienceMs, passingCodes });
  const chance = createChance(asked.seed);
  const ledger = createLedger({ mayBuiltInFail: true });
  const run: Run = { ...asked, folder: join(disk, 'data'), chance, target, ledger, mills: mills(asked.pipelines) };
  let load: Load | undefined;
  try {
    await withServer(run, () => prepareMills(target, run.mills));
    load = startLoad({ ...run, leaseMs, mostRunning });
    for (let round = 0; round < run.kills && isWhole(run); round += 1) {
      await fillAndMakeRoom(run, join(disk, 'ballast'));
      run.log?.(`${round + 1}/${run.kills}: ${ledger.jobs.size} jobs, ${target.passed} refusals`);
    }
    if (isWhole(run)) await withServer(run, () => settle(run, load));
    if (isWhole(run)) await checkSwept(run);
    return ledger;
  } finally {
    target.close();
    await load?.end();
    if (run.server?.isRunning()) await run.server.end('SIGKILL');
  }
}

/** One life of the server, in which the disk is full for a while; it ends by a kill, in time of need or after it. */
async function fillAndMakeRoom(run: Run, ballast: string): Promise<void> {
  const { target, ledger, chance } = run;
  const server = startServerOn(run, { options: serverOptions });
  run.server = server;
  target.up('server', await server.ready);
  await untilMoreResults(ledger, 'before the disk is full');
  await fill(ballast);
  await untilRefused(run);
  const isKilledInNeed = chance.oneIn(2);
  if (!isKilledInNeed) {
    await rm(ballast);
    await untilMoreResults(ledger, 'after there is room again');
    await pause(chance.below(100));
  }
  const isByItself = !server.isRunning();
  await server.end('SIGKILL');
  target.down('server');
  if (isByItself) ledger.violations.push(`the server ended by itself: ${server.log().slice(-2000)}`);
  note(ledger, isKilledInNeed ? 'killed while the disk was full' : 'the disk was full and had room again');
  await rm(ballast, { force: true });
  await checkDataFolder(run.folder, ledger);
}

/** Takes all the room there is, to the last block. */
async function fill(ballast: string): Promise<void> {
  const { bavail, bsize } = await statfs(join(ballast, '..'));
  await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((error: NodeJS.ErrnoException) => {
    // Somebody else wrote as well: then it is full too.
    if (error.code !== 'ENOSPC') throw error;
  });
}

/** Waits until clients have been refused often, and reads all the same. */
async function untilRefused({ target, ledger }: Run): Promise<void> {
  const wanted = target.passed + refusals;
  const until = Date.now() + fullPatienceMs;
  while (target.passed < wanted && ledger.violations.length === 0) {
    if (Date.now() > until) ledger.violations.push('nobody is refused though the disk is full');
    const answer = await target.ask(({ codePipeline }, options) =>
      codePipeline.send(new ListPipelinesCommand({}), options),
    );
    if (answer.kind !== 'ok') ledger.violations.push(`a full disk keeps from reading: ${JSON.stringify(answer)}`);
    await pause(20);
  }
}
