/** What a report says altogether. */
export type ReportTotals = TestTotals | CoverageTotals;

export interface TestTotals {
  kind: 'tests';
  total: number;
  failed: number;
  errors: number;
  skipped: number;
  /** In seconds. */
  duration: number;
}

export interface CoverageTotals {
  kind: 'coverage';
  linesCovered: number;
  linesTotal: number;
  branchesCovered: number;
  branchesTotal: number;
}

/** Adds the totals of several files of a report. */
export function addTotals(totals: readonly ReportTotals[]): ReportTotals | undefined {
  return totals.reduce<ReportTotals | undefined>(
    (sum, next) => (sum === undefined ? next : addTwo(sum, next)),
    undefined,
  );
}

function addTwo(left: ReportTotals, right: ReportTotals): ReportTotals {
  if (left.kind === 'tests' && right.kind === 'tests') {
    return {
      kind: 'tests',
      total: left.total + right.total,
      failed: left.failed + right.failed,
      errors: left.errors + right.errors,
      skipped: left.skipped + right.skipped,
      duration: left.duration + right.duration,
    };
  }
  if (left.kind !== 'coverage' || right.kind !== 'coverage') return left;
  return {
    kind: 'coverage',
    linesCovered: left.linesCovered + right.linesCovered,
    linesTotal: left.linesTotal + right.linesTotal,
    branchesCovered: left.branchesCovered + right.branchesCovered,
    branchesTotal: left.branchesTotal + right.branchesTotal,
  };
}

/** Words totals for a log. */
export function describeTotals(totals: ReportTotals): string {
  if (totals.kind === 'tests') {
    const { total, failed, errors, skipped, duration } = totals;
    return `${total} tests, ${failed} failed, ${errors} errors, ${skipped} skipped, ${duration.toFixed(3)} s`;
  }
  const lines = percentage(totals.linesCovered, totals.linesTotal);
  const branches = percentage(totals.branchesCovered, totals.branchesTotal);
  return `lines ${lines}, branches ${branches}`;
}

function percentage(covered: number, total: number): string {
  return total === 0 ? 'none' : `${((covered / total) * 100).toFixed(1)} % (${covered} of ${total})`;
}
