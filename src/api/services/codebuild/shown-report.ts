import type { CodeBuild } from '../../../contract/generated.ts';
import type { Build, BuildReport } from '../../../model/build.ts';
import { toSeconds } from '../../seconds.ts';
import { reportArn, reportGroupArn } from './report-arn.ts';

/** The totals of a report of tests, as runners report them; the duration is in seconds. */
interface TestTotals {
  kind: 'tests';
  total: number;
  failed: number;
  errors: number;
  skipped: number;
  duration: number;
}

interface CoverageTotals {
  kind: 'coverage';
  linesCovered: number;
  linesTotal: number;
  branchesCovered: number;
  branchesTotal: number;
}

const coverageFormats = ['CLOVERXML', 'COBERTURAXML', 'JACOCOXML', 'SIMPLECOV'];

/** The most test cases of a report that are kept. */
const mostTestCases = 500;

/** Returns a report of a build as callers see it. */
export function showReport(build: Build, report: BuildReport): CodeBuild.Report {
  // The runner is trusted with what it says, but its version may be another one.
  const totals = report.totals as TestTotals | CoverageTotals | undefined;
  return {
    arn: reportArn(build, report),
    name: build.id.split(':')[1],
    reportGroupArn: reportGroupArn(build.scope, build.order.projectName, report),
    executionId: build.id,
    type: coverageFormats.includes(report.fileFormat) ? 'CODE_COVERAGE' : 'TEST',
    status: statusOf(report),
    created: toSeconds(build.endedAt ?? build.startedAt),
    exportConfig: { exportConfigType: 'NO_EXPORT' },
    truncated: totals?.kind === 'tests' && totals.total > mostTestCases,
    testSummary: totals?.kind === 'tests' ? testSummary(totals) : undefined,
    codeCoverageSummary: totals?.kind === 'coverage' ? coverageSummary(totals) : undefined,
  };
}

/** A report fails with one of its test cases; without totals nothing of it could be read. */
export function statusOf({ totals }: BuildReport): CodeBuild.ReportStatusType {
  const { kind, failed = 0, errors = 0 } = (totals ?? {}) as Partial<TestTotals>;
  if (kind === undefined) return 'INCOMPLETE';
  return failed + errors > 0 ? 'FAILED' : 'SUCCEEDED';
}

function testSummary({ total, failed, errors, skipped, duration }: TestTotals): CodeBuild.TestReportSummary {
  return {
    total,
    statusCounts: {
      SUCCEEDED: total - failed - errors - skipped,
      FAILED: failed,
      ERROR: errors,
      SKIPPED: skipped,
      UNKNOWN: 0,
    },
    durationInNanoSeconds: Math.round(duration * 1e9),
  };
}

function coverageSummary(totals: CoverageTotals): CodeBuild.CodeCoverageReportSummary {
  const { linesCovered, linesTotal, branchesCovered, branchesTotal } = totals;
  return {
    lineCoveragePercentage: percentage(linesCovered, linesTotal),
    linesCovered,
    linesMissed: linesTotal - linesCovered,
    branchCoveragePercentage: percentage(branchesCovered, branchesTotal),
    branchesCovered,
    branchesMissed: branchesTotal - branchesCovered,
  };
}

function percentage(covered: number, total: number): number {
  return total === 0 ? 100 : Math.round((covered / total) * 10_000) / 100;
}
