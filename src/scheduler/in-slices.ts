import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work may keep everything else waiting, in ms. */
const sliceMs = 10;

/** Does work that yields again and again, in slices with a turn for everything else between them. */
export async function inSlices<Result>(work: Generator<undefined, Result>): Promise<Result> {
  let until = performance.now() + sliceMs;
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + sliceMs;
  }
}
