import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Chance, createChance } from '../random.ts';
import type { SpawnedServer } from '../spawn-server.ts';
import { checkDataFolder } from './data-folder-check.ts';
import { checkEverything } from './final-check.ts';
import { describeKill, drawFirstKill, drawKill, type Kill, longestLifeMs } from './kill-plan.ts';
import { createLedger, type Ledger, note } from './ledger.ts';
import { type Load, startLoad } from './load.ts';
import { type Mill, mills, prepareMills } from './mill.ts';
import { readyOrKilled, type ServerPlace, startServerOn } from './single-server.ts';
import { createTarget, type Target } from './target.ts';

/** Kills of the fresh folder's very first server, before there is any load. */
const firstKills = 2;
const leaseMs = 400;
const options = ['--lease-seconds', '0.4', '--continuation-delay-seconds', '0.05', '--poll-wait-seconds', '0.3'];
const callPatienceMs = 30_000;
const drainPatienceMs = 90_000;
const sweepPatienceMs = 20_000;

export interface KillRun {
  root: string;
  seed: number;
  kills: number;
  pipelines: number;
  /** Told of each kill as it is made. */
  log?(line: string): void;
}

interface Run extends KillRun, ServerPlace {
  chance: Chance;
  ledger: Ledger;
  target: Target;
  mills: Mill[];
  server?: SpawnedServer;
}

/**
 * Kills a server again and again while clients work with it, and compares what it tells and what it left with what the
 * clients were told. Answers the ledger; its violations say what was broken.
 */
export async function runKills(asked: KillRun): Promise<Ledger> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-crash-'));
  const target = createTarget({ patienceMs: callPatienceMs });
  const chance = createChance(asked.seed);
  const run: Run = { ...asked, folder, chance, target, ledger: createLedger(), mills: mills(asked.pipelines) };
  let load: Load | undefined;
  try {
    for (let number = 0; number < firstKills; number += 1) await liveAndDie(run, number, drawFirstKill(chance));
    await withServer(run, () => prepareMills(target, run.mills));
    load = startLoad({ ...run, leaseMs });
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

/** Whether no promise has been broken yet. */
function isWhole({ ledger, target }: Run): boolean {
  ledger.violations.push(...target.failures.splice(0));
  return ledger.violations.length === 0;
}

async function liveAndDie(run: Run, number: number, kill: Kill): Promise<void> {
  const { target, ledger } = run;
  const server = startServerOn(run, options, kill);
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

/** A server that is not killed: does the work with it and ends it the gentle way. */
async function withServer(run: Run, work: () => Promise<void>): Promise<void> {
  const server = startServerOn(run, options);
  run.server = server;
  run.target.up('server', await server.ready);
  await work();
  run.target.down('server');
  const code = await server.end('SIGTERM');
  if (code !== 0) run.ledger.violations.push(`the server ended with ${code}: ${server.log()}`);
  checkLog(run, server);
}

/** Every 5xx is a bug, and logged as one. */
function checkLog({ ledger }: Run, server: SpawnedServer): void {
  const lines = server.log().split('\n');
  const errors = lines.filter((line) => line.includes('"level":50') || line.includes('"level":60'));
  if (errors[0] !== undefined) ledger.violations.push(`the server logged an error: ${errors[0]}`);
}

async function settle(run: Run, load: Load | undefined): Promise<void> {
  if (!load) return;
  const stuck = await load.drain(drainPatienceMs);
  run.ledger.violations.push(...stuck.map((text) => `stuck: ${text}`));
  await load.end();
  await checkEverything(load.scene);
}

/** What the kills left behind is gone once a server has swept; it does so when it starts. */
async function checkSwept(run: Run): Promise<void> {
  await withServer(run, async () => {
    const until = Date.now() + sweepPatienceMs;
    for (;;) {
      const trial = { ...run.ledger, violations: [] };
      await checkDataFolder(run.folder, trial, { isSwept: true });
      if (trial.violations.length === 0) return;
      if (Date.now() > until) {
        run.ledger.violations.push(...trial.violations);
        return;
      }
      await pause(100);
    }
  });
}
