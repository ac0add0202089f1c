// The demo claims nothing that it has not checked: a failed expectation ends it with exit code 1.

import { setTimeout as pause } from 'node:timers/promises';
import { inspect, isDeepStrictEqual } from 'node:util';

/** Something did not happen as the demo says it does. */
export class FailedExpectation extends Error {
  constructor(what, expected, actual) {
    super(`${what}\n  expected  ${inspect(expected, { depth: 6 })}\n  but was   ${inspect(actual, { depth: 6 })}`);
    this.name = 'FailedExpectation';
  }
}

let heldCount = 0;

/** How many expectations have held so far. */
export function countHeld() {
  return heldCount;
}

/** Throws unless both values are the same all the way down. */
export function expectEqual(what, actual, expected) {
  if (!isDeepStrictEqual(actual, expected)) throw new FailedExpectation(what, expected, actual);
  heldCount += 1;
}

/** Throws unless the text matches. */
export function expectMatch(what, text, pattern) {
  if (!pattern.test(text ?? '')) throw new FailedExpectation(what, pattern, text);
  heldCount += 1;
}

/** Throws unless the call is refused with exactly this code; answers the code. */
export async function expectRefusal(what, code, call) {
  const outcome = await call.then(
    () => 'it was allowed',
    (error) => error.name,
  );
  expectEqual(what, outcome, code);
  return outcome;
}

/** Looks again and again until `look` answers something; throws when that takes too long, or on `signal`. */
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
