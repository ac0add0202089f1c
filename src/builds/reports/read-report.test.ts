import { expect, test } from 'vitest';
import { readReport } from './read-report.ts';
import { addTotals, describeTotals } from './report-totals.ts';

const junit = `<?xml version="1.0"?>
<testsuites tests="99">
  <testsuite name="a" tests="99">
    <testcase name="passes" time="0.5"/>
    <testcase name="fails" time="1"><failure message="x">text &lt;</failure></testcase>
    <testsuite name="inner"><testcase name="skipped"><skipped/></testcase></testsuite>
  </testsuite>
  <testsuite name="b"><testcase name="breaks" time="nonsense"><error/></testcase></testsuite>
</testsuites>`;

const cobertura =
  '<coverage lines-valid="200" lines-covered="150" branches-valid="0" branches-covered="0"><packages/></coverage>';

test('JUnit: the test cases are counted, whatever the suites say', () => {
  const totals = { kind: 'tests', total: 4, failed: 1, errors: 1, skipped: 1, duration: 1.5 };
  expect(readReport('JUNITXML', junit)).toEqual(totals);
  expect(readReport('JUNITXML', '<testsuite><testcase time="1"/></testsuite>')).toMatchObject({ total: 1 });
  const besideSuites = '<testsuites><testcase time="1"/><testsuite><testcase/></testsuite></testsuites>';
  expect(readReport('JUNITXML', besideSuites)).toMatchObject({ total: 2 });
  expect(readReport('JUNITXML', '<testsuites/>')).toMatchObject({ total: 0 });
});

test('Cobertura: the sums of the file', () => {
  const totals = { kind: 'coverage', linesCovered: 150, linesTotal: 200, branchesCovered: 0, branchesTotal: 0 };
  expect(readReport('COBERTURAXML', cobertura)).toEqual(totals);
});

test.each([
  ['JUNITXML', cobertura],
  ['COBERTURAXML', junit],
  ['JUNITXML', 'no XML'],
  ['JUNITXML', ''],
  ['JUNITXML', '<testsuites'],
  ['CUCUMBERJSON', '[]'],
])('as %s, %j is no report', (format, text) => {
  expect(readReport(format, text)).toBeUndefined();
});

test('several files of a report count together', () => {
  const read = [junit, junit].flatMap((text) => readReport('JUNITXML', text) ?? []);
  expect(describeTotals(addTotals(read) ?? never())).toBe('8 tests, 2 failed, 2 errors, 2 skipped, 3.000 s');
  const coverage = [cobertura, cobertura].flatMap((text) => readReport('COBERTURAXML', text) ?? []);
  expect(describeTotals(addTotals(coverage) ?? never())).toBe('lines 75.0 % (300 of 400), branches none');
  expect(addTotals([])).toBeUndefined();
});

function never(): never {
  throw new Error('there are totals');
}
