import { expect, test } from 'vitest';
import { reportedTestCases } from './reported-test-cases.ts';

const testCase = { prefix: '', suite: 's', status: 'FAILED', duration: 0.25, message: 'm' } as const;
const report = (name: string, testCases: { name: string; message?: string; duration?: number }[]) => ({
  name,
  fileFormat: 'JUNITXML',
  files: 1,
  testCases: testCases.map((members) => ({ ...testCase, ...members })),
});

test('test cases are told with their report, in milliseconds', () => {
  const reported = reportedTestCases([report('unit', [{ name: 'a' }]), report('lines', [{ name: 'b', duration: -1 }])]);
  expect(reported).toEqual([
    { report: 'unit', name: 'a', prefix: '', suite: 's', status: 'FAILED', durationMs: 250, message: 'm' },
    { report: 'lines', name: 'b', prefix: '', suite: 's', status: 'FAILED', durationMs: 0, message: 'm' },
  ]);
});

test('those that do not fit in one call are left out', () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ name: `t${index}`, message: 'ü'.repeat(1000) }));
  const reported = reportedTestCases([report('unit', many)]) ?? [];
  expect(reported.length).toBeGreaterThan(40);
  expect(Buffer.byteLength(JSON.stringify(reported))).toBeLessThanOrEqual(96 * 1024);
  expect(reported[0]?.name).toBe('t0');
});
