import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runFullDisk } from '../support/crash/run-full-disk.ts';
import { withSmallDisk } from '../support/crash/small-disk.ts';

const seed = Number(process.env.CRASH_SEED ?? 20_260_603);
const root = fileURLToPath(new URL('../../', import.meta.url));
const log = process.env.CRASH_LOG ? (line: string) => process.stderr.write(`${line}\n`) : undefined;

test('a full disk refuses what it cannot keep, keeps what was told, and goes on when there is room again', async () => {
  const { violations, mishaps } = await withSmallDisk((disk) =>
    runFullDisk({ root, disk, seed, kills: 4, pipelines: 12, log }),
  );
  log?.(JSON.stringify(Object.fromEntries(mishaps)));
  expect(violations, `seed ${seed}`).toEqual([]);
}, 240_000);
