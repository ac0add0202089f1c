import {
  BatchGetReportsCommand,
  CodeBuildClient,
  DescribeTestCasesCommand,
  ListReportsCommand,
} from '@aws-sdk/client-codebuild';
import { expect, test } from 'vitest';
import type { ClaimBuildsOutput } from '../../../src/contract/generated.ts';
import { createBuild } from '../../support/builds/create-build.ts';
import { callOwn } from '../../support/requests/own-api.ts';
import { account, clientConfig, region, serve } from '../../support/servers/server.ts';

const arnOf = (group: string, uuid: string) => `arn:aws:codebuild:${region}:${account}:report/${group}:${uuid}`;
const tests = { kind: 'tests', total: 3, failed: 1, errors: 0, skipped: 1, duration: 1.5 };
const coverage = { kind: 'coverage', linesCovered: 3, linesTotal: 4, branchesCovered: 0, branchesTotal: 0 };
const testCases = [
  { report: 'unit', name: 'grinds', suite: 'stones', status: 'SUCCEEDED', durationMs: 500 },
  { report: 'unit', name: 'bakes', prefix: 'oven', status: 'FAILED', durationMs: 1000, message: 'no fire' },
  { report: 'unit', name: 'sells', status: 'SKIPPED', durationMs: 0 },
];

async function start() {
  const { url, folder } = await serve();
  const codebuild = new CodeBuildClient(clientConfig(url));
  const finish = async (uuid: string, members: object, projectName = 'mill') => {
    await createBuild(folder, uuid, { projectName });
    const { answer } = await callOwn<ClaimBuildsOutput>(url, 'ClaimBuilds', { runner: 'r' });
    const [{ buildArn = '', fence = 0 } = {}] = answer.builds;
    await callOwn(url, 'FinishBuild', { buildArn, fence, status: 'SUCCEEDED', phases: [], ...members });
  };
  return { codebuild, finish };
}

test('the reports of builds have totals and test cases', async () => {
  const { codebuild, finish } = await start();
  const reports = [
    { name: 'unit', fileFormat: 'JUNITXML', files: 2, totals: JSON.stringify(tests) },
    { name: 'lines', fileFormat: 'COBERTURAXML', files: 1, totals: JSON.stringify(coverage) },
    { name: 'odd', fileFormat: 'TESTNGXML', files: 1 },
  ];
  await finish('1', { reports, testCases }, 'wind-mill');
  const [unit, lines, odd] = ['unit', 'lines', 'odd'].map((name) => arnOf(`wind-mill-${name}`, '1'));
  const unknown = [arnOf('wind-mill-none', '1'), arnOf('wind-mill-unit', '2'), 'nonsense'];
  const found = await codebuild.send(
    new BatchGetReportsCommand({ reportArns: [unit, lines, odd, ...unknown].map(String) }),
  );
  expect(found.reportsNotFound).toEqual(unknown);
  expect(found.reports).toMatchObject([
    {
      arn: unit,
      type: 'TEST',
      status: 'FAILED',
      executionId: 'wind-mill:1',
      reportGroupArn: `arn:aws:codebuild:${region}:${account}:report-group/wind-mill-unit`,
      testSummary: {
        total: 3,
        statusCounts: { SUCCEEDED: 1, FAILED: 1, ERROR: 0, SKIPPED: 1, UNKNOWN: 0 },
        durationInNanoSeconds: 1_500_000_000,
      },
    },
    {
      type: 'CODE_COVERAGE',
      status: 'SUCCEEDED',
      codeCoverageSummary: { lineCoveragePercentage: 75, linesMissed: 1, branchCoveragePercentage: 100 },
    },
    { type: 'TEST', status: 'INCOMPLETE' },
  ]);
  const cases = (input: object, reportArn = unit) =>
    codebuild.send(new DescribeTestCasesCommand({ reportArn, ...input }));
  const first = await cases({ maxResults: 2 });
  expect(first.testCases).toMatchObject([
    { name: 'grinds', testSuiteName: 'stones', status: 'SUCCEEDED', durationInNanoSeconds: 500_000_000 },
    { name: 'bakes', prefix: 'oven', message: 'no fire', reportArn: unit },
  ]);
  const rest = await cases({ maxResults: 2, nextToken: first.nextToken });
  expect(rest.testCases?.map(({ name }) => name)).toEqual(['sells']);
  expect((await cases({ filter: { status: 'FAILED' } })).testCases).toHaveLength(1);
  expect((await cases({ filter: { keyword: 'ell' } })).testCases).toHaveLength(1);
  expect((await cases({}, lines)).testCases).toEqual([]);
  await expect(cases({}, unknown[0])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('reports are listed from the newest, by status, in pages that may end within a build', async () => {
  const { codebuild, finish } = await start();
  const report = (name: string, failed = 0) => {
    const totals = JSON.stringify({ ...tests, failed });
    return { name, fileFormat: 'JUNITXML', files: 1, totals };
  };
  await finish('1', { reports: [report('a'), report('b', 1), report('c')] });
  await finish('2', { reports: [] });
  await finish('3', { reports: [report('a')] });
  const list = (input: object) => codebuild.send(new ListReportsCommand(input));
  const all = [arnOf('mill-a', '3'), ...['a', 'b', 'c'].map((name) => arnOf(`mill-${name}`, '1'))];
  expect((await list({})).reports).toEqual(all);
  const pages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await list({ maxResults: 2, nextToken });
    pages.push(...(page.reports ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(pages).toEqual(all);
  expect((await list({ filter: { status: 'FAILED' } })).reports).toEqual([all[2]]);
});
