// The demo checks everything it prints: a failed expectation ends it with exit code 1.

import { setTimeout as pause } from 'node:timers/promises';
import { inspect, isDeepStrictEqual } from 'node:util';

/** Thrown when something differs from what the demo prints. */
export class FailedExpectation extends Error {
  constructor(what, expected, actual) {
    super(`${what}\n  expected  ${inspect(expected, { depth: 6 })}\n  but was   ${inspect(actual, { depth: 6 })}`);
    this.name = 'FailedExpectation';
  }
}

let heldCount = 0;

/** Returns the number of expectations met so far. */
export function countHeld() {
  return heldCount;
}

/** Throws unless both values are deeply equal. */
export function expectEqual(what, actual, expected) {
  if (!isDeepStrictEqual(actual, expected)) throw new FailedExpectation(what, expected, actual);
  heldCount += 1;
}

/** Throws unless the text matches. */
export function expectMatch(what, text, pattern) {
  if (!pattern.test(text ?? '')) throw new FailedExpectation(what, pattern, text);
  heldCount += 1;
}

/** Throws unless the call fails with exactly this code; returns the code. */
export async function expectRefusal(what, code, call) {
  const outcome = await call.then(
    () => 'it was allowed',
    (error) => error.name,
  );
  expectEqual(what, outcome, code);
  return outcome;
}

/** Calls `look` until it returns something; throws on time-out or when `signal` fires. */
export async function waitFor(what, look, { withinMs = 15_000, everyMs = 20, signal } = {}) {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) {
      heldCount += 1;
      return found;
    }
    if (performance.now() > until) throw new FailedExpectation(what, `within ${withinMs / 1000} s`, 'not yet');
    await pause(everyMs, undefined, { signal });
  }
}
