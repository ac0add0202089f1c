// @ts-check
// Matches one text in a separate thread, which is terminated if it takes too long.
import { parentPort, workerData } from 'node:worker_threads';
import { RE2JS, RE2JSException } from 're2js';

/** @type {{ text: string, pattern: string, maxMatchSteps: number }} */
const { text, pattern, maxMatchSteps } = workerData;
parentPort?.postMessage(match());

/** @returns {import('./java-pattern.ts').PatternOutcome} */
function match() {
  let compiled;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { unsupported: error.message };
  }
  if (compiled.programSize() * text.length > maxMatchSteps) return { isTooLarge: true };
  return { matches: compiled.testExact(text) };
}
