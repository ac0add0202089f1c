import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runKills } from '../support/crash/run-kills.ts';

const seed = Number(process.env.CRASH_SEED ?? 20_260_601);
const kills = 25;
const root = fileURLToPath(new URL('../../', import.meta.url));

test('a server killed 25 times under load keeps everything it has confirmed', async () => {
  const log = process.env.CRASH_LOG ? (line: string) => process.stderr.write(`${line}\n`) : undefined;
  const { violations, mishaps, executions, jobs } = await runKills({ root, seed, kills, pipelines: 24, log });
  expect(violations, `seed ${seed}`).toEqual([]);
  log?.(JSON.stringify(Object.fromEntries(mishaps)));
  // Low bounds, so that slow machines pass: they only rule out a run in which nothing happened.
  expect(executions.size).toBeGreaterThan(24);
  expect(jobs.size).toBeGreaterThan(60);
}, 300_000);
