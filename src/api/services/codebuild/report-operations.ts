import { ServiceError } from '../../../contract/errors.ts';
import type { Build, BuildReport, BuildTestCase } from '../../../model/build.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Dependencies } from '../../dependencies.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { inTurns } from './in-turns.ts';
import { buildsOfReport, groupArnOfReport, reportArn } from './report-arn.ts';
import { reportPage } from './report-page.ts';
import { showReport } from './shown-report.ts';

const operation = describeOperations<'codebuild'>('codebuild');

const testCasePageSize = 100;

/** The operations on reports of builds. */
export const reportOperations: Pick<
  OperationsOf<'codebuild'>,
  'BatchGetReports' | 'DescribeTestCases' | 'ListReports'
> = {
  BatchGetReports: operation('BatchGetReports', {
    note: 'complete: totals of JUnit and Cobertura files; a report of another format, or one that could not be read, is `INCOMPLETE`',
    resources: ({ reportArns }) => reportArns.map((arn) => ({ arn: groupArnOfReport(arn) })),
    async run({ reportArns }, call, dependencies) {
      const found = await inTurns([...new Set(reportArns)], (some) =>
        Promise.all(some.map(async (arn) => ({ arn, found: await findReport(arn, call, dependencies) }))),
      );
      return {
        reports: found.flatMap(({ found }) => (found ? [showReport(found.build, found.report)] : [])),
        reportsNotFound: found.flatMap(({ arn, found }) => (found ? [] : [arn])),
      };
    },
  }),
  DescribeTestCases: operation('DescribeTestCases', {
    note: 'complete for JUnit files: the first 500 test cases of a report, as at AWS, with texts of at most 1,000 characters',
    resources: ({ reportArn: arn }) => [{ arn: groupArnOfReport(arn) }],
    async run({ reportArn: arn, filter, maxResults = testCasePageSize, nextToken: token }, call, dependencies) {
      const found = await findReport(arn, call, dependencies);
      if (!found) throw new ServiceError('ResourceNotFoundException', `Report cannot be found: ${arn}`);
      const { store, sealer } = dependencies;
      const belongsTo = ['DescribeTestCases', arn, JSON.stringify(filter ?? {})];
      const after = readPageToken<number>(sealer, belongsTo, token, 'InvalidInputException') ?? -1;
      const { status, keyword = '' } = filter ?? {};
      const wanted = (await store.builds.testCases(call, found.build.id))
        .filter((testCase) => testCase.report === found.report.name)
        .map((testCase, index) => ({ ...testCase, index }))
        .filter(({ index }) => index > after)
        .filter((testCase) => status === undefined || testCase.status === status)
        .filter(({ name, prefix = '' }) => name.includes(keyword) || prefix.includes(keyword));
      const { items, nextToken } = cutPage(wanted, maxResults, ({ index }) =>
        createPageToken(sealer, belongsTo, index),
      );
      return { testCases: items.map((testCase) => showTestCase(arn, testCase)), nextToken };
    },
  }),
  ListReports: operation('ListReports', {
    note: 'complete; a page ends early if the reports are few among many builds',
    resources: (_, { account, region }) => [{ arn: `arn:aws:codebuild:${region}:${account}:report-group/*` }],
    run: (input, call, dependencies) => reportPage(input, call, dependencies),
  }),
};

/** Finds the report of an ARN, with its build. */
async function findReport(
  arn: string,
  scope: Scope,
  { store }: Pick<Dependencies, 'store'>,
): Promise<{ build: Build; report: BuildReport } | undefined> {
  const builds = await store.builds.findAll(scope, buildsOfReport(scope, arn) ?? []);
  for (const build of builds) {
    const report = build.reports.find((one) => reportArn(build, one) === arn);
    if (report) return { build, report };
  }
  return undefined;
}

function showTestCase(arn: string, { name, prefix, suite, status, durationMs, message }: BuildTestCase) {
  return {
    reportArn: arn,
    name,
    prefix,
    testSuiteName: suite,
    status,
    durationInNanoSeconds: durationMs * 1e6,
    message,
  };
}
