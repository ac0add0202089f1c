import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../engine/random.ts';
import type { SpawnedServer } from '../servers/spawn-server.ts';
import { checkDataFolder } from './data-folder-check.ts';
import { checkEverything } from './final-check.ts';
import type { Ledger } from './ledger.ts';
import type { Load } from './load.ts';
import type { Mill } from './mill.ts';
import { type ServerPlace, startServerOn } from './single-server.ts';
import type { Target } from './target.ts';

export const leaseMs = 400;
export const serverOptions = [
  ...['--lease-seconds', String(leaseMs / 1000)],
  ...['--continuation-delay-seconds', '0.05'],
  ...['--poll-wait-seconds', '0.3'],
];
const drainPatienceMs = 90_000;
const sweepPatienceMs = 20_000;

export interface KillRun {
  root: string;
  seed: number;
  kills: number;
  pipelines: number;
  /** Called for each kill. */
  log?(line: string): void;
}

/** A server on one data folder that is killed and restarted. */
export interface Run extends KillRun, ServerPlace {
  chance: Chance;
  ledger: Ledger;
  target: Target;
  mills: Mill[];
  server?: SpawnedServer;
}

/** Reports whether there is no violation yet. */
export function isWhole({ ledger, target }: Run): boolean {
  ledger.violations.push(...target.failures.splice(0));
  return ledger.violations.length === 0;
}

/** Runs `work` with a server that isn't killed, and stops it cleanly. */
export async function withServer(run: Run, work: () => Promise<void>): Promise<void> {
  const server = startServerOn(run, { options: serverOptions });
  run.server = server;
  run.target.up('server', await server.ready);
  await work();
  run.target.down('server');
  const code = await server.end('SIGTERM');
  if (code !== 0) run.ledger.violations.push(`the server ended with ${code}: ${server.log()}`);
  checkLog(run, server);
}

/** Every 5xx is a bug and is logged. */
export function checkLog({ ledger }: Run, server: SpawnedServer): void {
  const lines = server.log().split('\n');
  const errors = lines.filter((line) => line.includes('"level":50') || line.includes('"level":60'));
  if (errors[0] !== undefined) ledger.violations.push(`the server logged an error: ${errors[0]}`);
}

export async function settle(run: Run, load: Load | undefined): Promise<void> {
  if (!load) return;
  const stuck = await load.drain(drainPatienceMs);
  run.ledger.violations.push(...stuck.map((text) => `stuck: ${text}`));
  await load.end();
  if (!isWhole(run)) return;
  await checkEverything(load.context);
}

/** Leftovers of kills are removed by the sweep at the next start. */
export async function checkSwept(run: Run): Promise<void> {
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
