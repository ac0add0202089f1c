import type { BuildResult } from '../builds/build-result.ts';
import type { FinishBuildInput } from '../contract/generated.ts';
import { toReportedPhase } from './report-progress.ts';
import { reportedTestCases } from './reported-test-cases.ts';
import { ApiRefusal, type RunnerApi, untilAnswered } from './runner-api.ts';
import { shortened } from './shortened.ts';

/** How a build ended, as the server takes it. */
export type Outcome = Omit<FinishBuildInput, 'buildArn' | 'fence'>;

/** Returns the end of a build that ran. */
export function toOutcome({ exportedVariables, phases, reports, status }: BuildResult): Outcome {
  const reported = phases.map((phase) => toReportedPhase(phase));
  const failure = reported.find((phase) => phase.failure !== undefined)?.failure;
  return {
    status,
    phases: reported,
    exportedVariables: Object.entries(exportedVariables).map(([name, value]) => ({ name, value })),
    reports: reports.map(({ totals, testCases: _, ...report }) => ({
      ...report,
      ...(totals && { totals: JSON.stringify(totals) }),
    })),
    testCases: reportedTestCases(reports),
    ...(failure && { failure }),
  };
}

/** Returns the end of a build that could not be run. */
export function toFault(message: string): Outcome {
  return { status: 'FAULT', phases: [], failure: { code: 'INTERNAL_ERROR', message: shortened(message) } };
}

/**
 * Reports the end of a build until the server has taken it. If the server refuses it, such as an exported variable that is too
 * long, the build ends with FAULT and says so: without an end another runner would get it. Rejects when the build is
 * another runner's, or `signal` aborts.
 */
export async function reportEnd(
  api: Pick<RunnerApi, 'finish'>,
  claim: { buildArn: string; fence: number },
  outcome: Outcome,
  signal: AbortSignal,
): Promise<Outcome> {
  const finish = (end: Outcome) => untilAnswered(() => api.finish({ ...claim, ...end }, signal), signal);
  try {
    await finish(outcome);
    return outcome;
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.code === 'BuildLeaseLostException') throw error;
    const fault = toFault(`The server refused the end of the build, ${outcome.status}: ${error.message}`);
    await finish(fault);
    return fault;
  }
}
