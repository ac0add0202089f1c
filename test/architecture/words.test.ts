import { expect, test } from 'vitest';
import { report } from './source-file.ts';
import { impurities, narrowedTests } from './words.ts';

function found(text: string, path = 'src/engine/a.ts'): string[] {
  return report(impurities([{ path, text }])).map((line) => line.split(': ')[0] ?? '');
}

test('finds clocks, randomness, promises and I/O in engine/', () => {
  const text =
    "import { randomUUID } from 'node:crypto';\nconst at = Date.now();\nMath.random();\nasync () => await process.exit();";
  expect(found(text)).toEqual([
    'src/engine/a.ts:1 imports node:crypto',
    'src/engine/a.ts:2 uses Date',
    'src/engine/a.ts:3 uses Math.random',
    'src/engine/a.ts:4 uses async',
    'src/engine/a.ts:4 uses await',
    'src/engine/a.ts:4 uses process',
  ]);
});

test('ignores sentences, members, keys, longer words, tests and other rooms', () => {
  expect(
    found("// await the Date\nconst a = 'process'; job.process(); const b = { process: 1 }; let isUpToDate, dateOf;"),
  ).toEqual([]);
  expect(found('await Date.now();', 'src/engine/a.test.ts')).toEqual([]);
  expect(found('await Date.now();', 'src/store/a.ts')).toEqual([]);
});

test('finds focused and skipped tests', () => {
  const forms = [
    'it.only',
    'test.skip',
    'describe.concurrent.only',
    'test.each([1]).skip',
    'test.skipIf',
    'xit',
    'describe.todo',
  ];
  const text = forms.map((form) => `${form}('x', () => {});`).join('\n');
  expect(report(narrowedTests([{ path: 'a.test.ts', text }]))).toEqual(
    forms.map((form, index) => `a.test.ts:${index + 1} ${form}: every test runs, always`),
  );
  const harmless = "test('x.only', () => {}); list.skip(2); it('skips', () => {}); unfit('x'); test.each([1])('x', f);";
  expect(narrowedTests([{ path: 'a.test.ts', text: harmless }])).toEqual([]);
});
