import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Store } from '../store/store.ts';
import { createUnclaimedWarning } from './waiting-builds.ts';

const minuteMs = 60_000;

test('warns of builds that wait a minute while no runner has any, and again after an hour or a new wait', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  let figures: { waiting: number; running: number; oldestAt?: number } = { waiting: 0, running: 0 };
  const runOnce = createUnclaimedWarning({ builds: { count: async () => figures } } as unknown as Store, log);
  const warnedAt = async (at: number) => {
    const before = lines.length;
    await runOnce(at);
    return lines.length > before;
  };
  expect(await warnedAt(0)).toBe(false);
  figures = { waiting: 2, running: 0, oldestAt: 0 };
  expect(await warnedAt(minuteMs - 1)).toBe(false);
  expect(await warnedAt(2 * minuteMs)).toBe(true);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ builds: 2, waitedMinutes: 2 });
  expect(await warnedAt(3 * minuteMs)).toBe(false);
  expect(await warnedAt(62 * minuteMs)).toBe(true);
  figures = { waiting: 2, running: 1, oldestAt: 0 };
  expect(await warnedAt(63 * minuteMs)).toBe(false);
  figures = { waiting: 2, running: 0, oldestAt: 0 };
  expect(await warnedAt(64 * minuteMs)).toBe(true);
});
