import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import { createChance } from '../engine/random.ts';
import { checkDataFolder } from './data-folder-check.ts';
import { createLedger, type Ledger, note, untilMoreResults } from './ledger.ts';
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

/** The error codes on a full disk, for JSON calls and for objects. */
const passingCodes = ['ServiceUnavailable', 'InsufficientStorage'];

/**
 * Repeatedly fills the disk of a server while clients work with it, frees it, sometimes kills the server, and
 * compares like `runKills`. `disk` is the mount point of a small file system.
 */
export async function runFullDisk({ disk, ...options }: KillRun & { disk: string }): Promise<Ledger> {
  const target = createTarget({ patienceMs: callPatienceMs, passingCodes });
  const chance = createChance(options.seed);
  const ledger = createLedger({ mayBuiltInFail: true });
  const run: Run = { ...options, folder: join(disk, 'data'), chance, target, ledger, mills: mills(options.pipelines) };
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

/** One life of the server, in which the disk is full for a while; it ends by a kill during or after that. */
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

/** Fills the disk completely. */
async function fill(ballast: string): Promise<void> {
  const { bavail, bsize } = await statfs(join(ballast, '..'));
  await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((error: NodeJS.ErrnoException) => {
    // Another process wrote too: then it is full as well.
    if (error.code !== 'ENOSPC') throw error;
  });
}

/** Waits until many calls were rejected, and checks that reads work. */
async function untilRefused({ target, ledger }: Run): Promise<void> {
  const wanted = target.passed + refusals;
  const until = Date.now() + fullPatienceMs;
  while (target.passed < wanted && ledger.violations.length === 0) {
    if (Date.now() > until) ledger.violations.push('no call is rejected although the disk is full');
    const answer = await target.ask(({ codePipeline }, options) =>
      codePipeline.send(new ListPipelinesCommand({}), options),
    );
    if (answer.kind !== 'ok') ledger.violations.push(`a full disk keeps from reading: ${JSON.stringify(answer)}`);
    await pause(20);
  }
}
