import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runSources } from '../support/crash/sources/run-sources.ts';

const seed = Number(process.env.CRASH_SEED ?? 20_261_130);
const root = fileURLToPath(new URL('../../', import.meta.url));
const log = process.env.CRASH_LOG ? (line: string) => process.stderr.write(`${line}\n`) : undefined;

test('no push is missed or started twice, and no event lost, while nodes are killed', async () => {
  const { violations, mishaps } = await runSources({ root, seed, kills: 5, repositories: 2, log });
  log?.(JSON.stringify(Object.fromEntries(mishaps)));
  expect(violations, `seed ${seed}`).toEqual([]);
  expect([...mishaps.keys()].join()).toContain('killed a node');
}, 300_000);
