import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runBuilds } from '../support/crash/builds/run-builds.ts';

const seed = Number(process.env.CRASH_SEED ?? 20_261_201);
const root = fileURLToPath(new URL('../../', import.meta.url));
const log = process.env.CRASH_LOG ? (line: string) => process.stderr.write(`${line}\n`) : undefined;

test('no build is lost or done twice, and nothing of one is left, while its server and its runners are killed', async () => {
  const { violations, mishaps } = await runBuilds({ root, seed, kills: 6, pipelines: 2, log });
  log?.(JSON.stringify(Object.fromEntries(mishaps)));
  expect(violations, `seed ${seed}`).toEqual([]);
  expect([...mishaps.keys()]).toEqual(expect.arrayContaining(['killed a runner', 'killed the server from outside']));
}, 300_000);
