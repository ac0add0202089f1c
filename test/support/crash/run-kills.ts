import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createChance } from '../engine/random.ts';
import { checkDataFolder } from './data-folder-check.ts';
import { describeKill, drawFirstKill, drawKill, type Kill, longestLifeMs } from './kill-plan.ts';
import { createLedger, type Ledger, note } from './ledger.ts';
import { type Load, startLoad } from './load.ts';
import { mills, prepareMills } from './mill.ts';
import {
  checkLog,
  checkSwept,
  isWhole,
  type KillRun,
  leaseMs,
  type Run,
  serverOptions,
  settle,
  withServer,
} from './server-run.ts';
import { readyOrKilled, startServerOn } from './single-server.ts';
import { createTarget } from './target.ts';

/** The number of kills of the first server in a new folder, before any load. */
const firstKills = 2;
const mostRunning = 6;
const callPatienceMs = 30_000;

/**
 * Repeatedly kills a server while clients work with it, and compares its responses and files with the
 * ledger, which it returns with all violations.
 */
export async function runKills(options: KillRun): Promise<Ledger> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-crash-'));
  const target = createTarget({ patienceMs: callPatienceMs });
  const chance = createChance(options.seed);
  const run: Run = { ...options, folder, chance, target, ledger: createLedger(), mills: mills(options.pipelines) };
  let load: Load | undefined;
  try {
    for (let number = 0; number < firstKills; number += 1) await liveAndDie(run, number, drawFirstKill(chance));
    await withServer(run, () => prepareMills(target, run.mills));
    load = startLoad({ ...run, leaseMs, mostRunning });
    for (let number = firstKills; number < run.kills && isWhole(run); number += 1) {
      await liveAndDie(run, number, drawKill(chance));
    }
    if (isWhole(run)) await withServer(run, () => settle(run, load));
    if (isWhole(run)) await checkSwept(run);
    return run.ledger;
  } finally {
    target.close();
    await load?.end();
    if (run.server?.isRunning()) await run.server.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

async function liveAndDie(run: Run, number: number, kill: Kill): Promise<void> {
  const { target, ledger } = run;
  const server = startServerOn(run, { options: serverOptions, kill: kill.kind === 'point' ? kill : undefined });
  run.server = server;
  if (kill.kind === 'instant' && kill.since === 'spawn') setTimeout(() => server.child.kill('SIGKILL'), kill.ms);
  const url = await readyOrKilled(server);
  if (url !== undefined) {
    target.up('server', url);
    if (kill.kind === 'instant') await pause(kill.since === 'ready' ? kill.ms : longestLifeMs);
    else await Promise.race([server.exited, pause(longestLifeMs, undefined, { ref: false })]);
  }
  const isByItself = !server.isRunning();
  const ended = await server.end('SIGKILL');
  target.down('server');
  if (ended !== 'SIGKILL') ledger.violations.push(`the server ended by itself with ${ended}: ${server.log()}`);
  const where =
    kill.kind === 'point' && isByItself ? kill.point : url === undefined ? 'while starting' : 'from outside';
  note(ledger, `killed ${where}`);
  run.log?.(`${number + 1}/${run.kills} killed: ${describeKill(kill)} (${where}); ${countOf(ledger)}`);
  await checkDataFolder(run.folder, ledger);
  checkLog(run, server);
}

function countOf({ executions, jobs, objects }: Ledger): string {
  return `${executions.size} executions, ${jobs.size} jobs, ${objects.size} objects`;
}
