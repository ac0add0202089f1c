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
  expect(readReport('JUNITXML', junit)?.totals).toEqual(totals);
  expect(readReport('JUNITXML', '<testsuite><testcase time="1"/></testsuite>')).toMatchObject({ totals: { total: 1 } });
  const besideSuites = '<testsuites><testcase time="1"/><testsuite><testcase/></testsuite></testsuites>';
  expect(readReport('JUNITXML', besideSuites)).toMatchObject({ totals: { total: 2 } });
  expect(readReport('JUNITXML', '<testsuites/>')).toMatchObject({ totals: { total: 0 } });
});

test('JUnit: each test case has its name, suite, status and reason', () => {
  expect(readReport('JUNITXML', junit)?.testCases).toEqual([
    { name: 'passes', prefix: '', suite: 'a', status: 'SUCCEEDED', duration: 0.5, message: '' },
    { name: 'fails', prefix: '', suite: 'a', status: 'FAILED', duration: 1, message: 'x' },
    { name: 'breaks', prefix: '', suite: 'b', status: 'ERROR', duration: 0, message: '' },
    { name: 'skipped', prefix: '', suite: 'inner', status: 'SKIPPED', duration: 0, message: '' },
  ]);
  const odd =
    '<testsuite><testcase name="&lt;a&gt; &amp;&#65;&#x42;&#x110000;&no;" classname="c"><failure>why</failure>';
  expect(readReport('JUNITXML', `${odd}</testcase></testsuite>`)?.testCases).toMatchObject([
    { name: '<a> &AB&#x110000;&no;', prefix: 'c', message: 'why' },
  ]);
  const many = readReport('JUNITXML', `<testsuite>${'<testcase name="n"/>'.repeat(600)}</testsuite>`);
  expect(many).toMatchObject({ totals: { total: 600 } });
  expect(many?.testCases).toHaveLength(500);
});

test('Cobertura: the sums of the file', () => {
  const totals = { kind: 'coverage', linesCovered: 150, linesTotal: 200, branchesCovered: 0, branchesTotal: 0 };
  expect(readReport('COBERTURAXML', cobertura)).toEqual({ totals, testCases: [] });
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
  const read = [junit, junit].flatMap((text) => readReport('JUNITXML', text)?.totals ?? []);
  expect(describeTotals(addTotals(read) ?? never())).toBe('8 tests, 2 failed, 2 errors, 2 skipped, 3.000 s');
  const coverage = [cobertura, cobertura].flatMap((text) => readReport('COBERTURAXML', text)?.totals ?? []);
  expect(describeTotals(addTotals(coverage) ?? never())).toBe('lines 75.0 % (300 of 400), branches none');
  expect(addTotals([])).toBeUndefined();
});

function never(): never {
  throw new Error('there are totals');
}
