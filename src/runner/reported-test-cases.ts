import type { BuildResult } from '../builds/build-result.ts';
import type { FinishBuildInput } from '../contract/generated.ts';

/** The call that ends a build may have 256 KiB with all that it says. */
const mostBytes = 96 * 1024;

/** Returns the test cases of reports as the server takes them: those that fit in one call. */
export function reportedTestCases(reports: BuildResult['reports']): FinishBuildInput['testCases'] {
  let room = mostBytes;
  const all = reports.flatMap(({ name: report, testCases }) =>
    testCases.map(({ duration, ...testCase }) => ({
      report,
      ...testCase,
      // A file may say anything.
      durationMs: Math.min(Math.max(Math.round(duration * 1000), 0), 2 ** 31 - 1),
    })),
  );
  return all.filter((testCase) => {
    room -= Buffer.byteLength(JSON.stringify(testCase)) + 1;
    return room >= 0;
  });
}
