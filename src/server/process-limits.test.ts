import { expect, test } from 'vitest';
import { portLimitsOf } from './process-limits.ts';

const gibibyte = 1024 ** 3;

test('connections leave open files for objects and the database', () => {
  const connections = (openFiles: number) => portLimitsOf(20_000, { openFiles, memoryBytes: gibibyte }).maxConnections;
  expect([256, 1024, 20_000, 1_048_576, Number.POSITIVE_INFINITY].map(connections)).toEqual([
    192, 768, 18_976, 20_000, 20_000,
  ]);
  expect(connections(10)).toBe(1);
});

test('transfers fit into memory and open files; one caller may have a quarter of them', () => {
  const transfers = (openFiles: number, memoryBytes: number) => portLimitsOf(100, { openFiles, memoryBytes }).transfers;
  expect(transfers(1_048_576, gibibyte / 2)).toMatchObject({ all: 64, ofCaller: 16 });
  expect(transfers(1_048_576, 2 * gibibyte)).toMatchObject({ all: 256, ofCaller: 64 });
  expect(transfers(1_048_576, 64 * gibibyte)).toMatchObject({ all: 496, ofCaller: 124 });
  expect(transfers(256, 64 * gibibyte)).toMatchObject({ all: 16, ofCaller: 4 });
});
