import { expect, test } from 'vitest';
import { limitsOfBuild } from './build-limits.ts';

const gib = 1024 ** 3;
const outputBytes = 64 * 1024 ** 2;

test('builds have the limits of their compute type, of which a runner may change some', () => {
  expect(limitsOfBuild('BUILD_GENERAL1_MEDIUM', { processes: 4096 })).toEqual({
    outputBytes,
    memoryBytes: 8 * gib,
    processors: 4,
    processes: 4096,
    diskBytes: 128 * gib,
  });
  const own = { memoryMib: 512, processors: 'off', processes: 'off', diskGib: 1.5 } as const;
  expect(limitsOfBuild('unknown', own)).toEqual({ outputBytes, memoryBytes: gib / 2, diskBytes: 1.5 * gib });
  expect(limitsOfBuild(undefined, { processes: 1 })).toMatchObject({ memoryBytes: 4 * gib, processors: 2 });
});
