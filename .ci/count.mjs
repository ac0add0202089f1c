// Sums the test reports in a folder and prints "N passed, N failed". Steps that failed without a failed test to show
// for it (a build, a check, a suite that did not even load) are counted too, so that 0 failed means that all is well.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, failedStepsText] = process.argv.slice(2);
const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));

let passed = 0;
let failed = 0;
let explainedSteps = 0;
for (const { numPassedTests, numFailedTests, testResults } of reports) {
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  passed += numPassedTests;
  failed += numFailedTests + brokenFiles.length;
  if (numFailedTests + brokenFiles.length > 0) explainedSteps += 1;
}
failed += Math.max(0, Number(failedStepsText) - explainedSteps);

console.log(`${passed} passed, ${failed} failed`);
