import { sleep as realSleep, type Sleep } from '../worker/loop/sleep.ts';

/** The longest pause after a call, in ms: one that took long because the server was away says nothing about its load. */
const longestPauseMs = 250;

/** Calls in turn. */
export type Pace = <Result>(call: () => Promise<Result>) => Promise<Result>;

/**
 * Makes calls one at a time, each followed by a pause as long as the call took, so that builds that print without end take
 * at most half of the server's time, however many run. `elapsed` is a clock that is never set, in ms.
 */
export function createPace({
  elapsed = () => performance.now(),
  sleep = realSleep,
}: {
  elapsed?: () => number;
  sleep?: Sleep;
} = {}): Pace {
  const never = new AbortController();
  let turn: Promise<void> = Promise.resolve();
  return async (call) => {
    const before = turn;
    let pass: () => void = () => undefined;
    turn = new Promise((resolve) => {
      pass = resolve;
    });
    await before;
    const startedAt = elapsed();
    try {
      return await call();
    } finally {
      void sleep(Math.min(longestPauseMs, elapsed() - startedAt), never.signal).then(pass);
    }
  };
}
