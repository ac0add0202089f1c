import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBattery } from '../support/hostile/battery.ts';
import { loopCases } from '../support/hostile/loop-cases.ts';
import type { WatchedServer } from '../support/hostile/watched-server.ts';

/**
 * The target is 50 ms on an idle machine, which `bench/loop-delay.mjs` measures. Tests also run on slow and busy
 * machines, so the bound is looser; every fault these cases were written for took ten times as long.
 */
const mostMs = 150;

let folder: string;
let server: WatchedServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-loop-'));
  server = await startBattery(folder, loopCases);
}, 120_000);

afterAll(async () => {
  await server?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

test.each(loopCases)('$door: $input does not block the event loop', { timeout: 60_000 }, async ({ attack }) => {
  const { computedMs } = await server.longestPieceOf(() => attack(server));
  expect(computedMs).toBeLessThan(mostMs);
});
