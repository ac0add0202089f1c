import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runAllHarm } from '../support/crash/cluster/scenarios.ts';

const seed = Number(process.env.CRASH_SEED ?? 20_260_602);
const root = fileURLToPath(new URL('../../', import.meta.url));
const log = process.env.CRASH_LOG ? (line: string) => process.stderr.write(`${line}\n`) : undefined;

test('a cluster stays consistent while its database and nodes are killed, frozen and cut off', async () => {
  const { violations, mishaps } = await runAllHarm({ root, seed, kills: 4, pipelines: 9, log });
  log?.(JSON.stringify(Object.fromEntries(mishaps)));
  expect(violations, `seed ${seed}`).toEqual([]);
  const harm = ['killed the database', 'froze a node', 'cut a node off'];
  expect([...mishaps.keys()]).toEqual(expect.arrayContaining(harm));
}, 300_000);
