import { parseArgs } from 'node:util';
import { runBuilds } from './builds/run-builds.ts';
import { runAllHarm, runCutOff, runDatabaseKills, runFrozen } from './cluster/scenarios.ts';
import type { Ledger } from './ledger.ts';
import { runFullDisk } from './run-full-disk.ts';
import { runKills } from './run-kills.ts';
import { withSmallDisk } from './small-disk.ts';
import { runSources } from './sources/run-sources.ts';

/** A kind of failure, repeated as often as requested. */
type Scenario = (options: { root: string; seed: number; kills: number; log(line: string): void }) => Promise<Ledger>;

const scenarios: Record<string, Scenario> = {
  kills: (options) => runKills({ ...options, pipelines: 48 }),
  postgres: (options) => runDatabaseKills({ ...options, pipelines: 36 }),
  frozen: (options) => runFrozen({ ...options, pipelines: 36 }),
  'cut-off': (options) => runCutOff({ ...options, pipelines: 36 }),
  cluster: (options) => runAllHarm({ ...options, pipelines: 36 }),
  sources: (options) => runSources({ ...options, repositories: 4 }),
  builds: (options) => runBuilds({ ...options, pipelines: 3 }),
  'full-disk': (options) => withSmallDisk((disk) => runFullDisk({ ...options, disk, pipelines: 24 })),
};

/** Runs `npm run crash`; returns the exit code. */
export async function runCrash(args: string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      scenario: { type: 'string', default: 'kills' },
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const scenario = scenarios[values.scenario];
  if (!scenario) {
    process.stderr.write(`There is no scenario ${values.scenario}, only ${Object.keys(scenarios).join(', ')}.\n`);
    return 2;
  }
  const [seed, kills] = [Number(values.seed), Number(values.kills)];
  const startedAt = performance.now();
  const log = (line: string) => void process.stdout.write(`${line}\n`);
  log(`scenario ${values.scenario}, seed ${seed}, ${kills} kills`);
  const { violations, mishaps, executions, jobs, objects } = await scenario({ root, seed, kills, log });
  for (const [mishap, count] of [...mishaps].sort()) log(`${String(count).padStart(7)}  ${mishap}`);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  log(`${executions.size} executions, ${jobs.size} jobs, ${objects.size} objects in ${seconds} s`);
  for (const violation of violations) log(`BROKEN: ${violation}`);
  const outcome = violations.length === 0 ? 'every promise was kept' : `${violations.length} promises were broken`;
  log(`scenario ${values.scenario}, seed ${seed}, ${kills} kills: ${outcome}`);
  return violations.length === 0 ? 0 : 1;
}
