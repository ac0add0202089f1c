import type { Logger } from 'pino';

/** A background loop: it runs at start, when the time it named has come, and now and then. */
export interface Loop {
  start(): void;
  /** Ends the loop after the round under way. */
  stop(): Promise<void>;
}

/** `runOnce(at)` does one round and answers when it wants the next one (ms), or undefined for no wish. */
export function createLoop(options: {
  name: string;
  runOnce(at: number): Promise<number | undefined>;
  now(): number;
  /** What was missed, as when the clock was set, is noticed after this at the latest. */
  longestSleepMs: number;
  log: Logger;
}): Loop {
  const { name, runOnce, now, longestSleepMs, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();
  let isStopped = true;

  const run = async (): Promise<void> => {
    let wantedAt: number | undefined;
    try {
      wantedAt = await runOnce(now());
    } catch (error) {
      log.error({ err: error, loop: name }, 'a round failed; the next one tries again');
    }
    if (isStopped) return;
    const sleepMs = wantedAt === undefined ? longestSleepMs : Math.max(0, wantedAt - now());
    timer = setTimeout(next, Math.min(sleepMs, longestSleepMs));
  };
  const next = (): void => {
    round = run();
  };
  return {
    start() {
      isStopped = false;
      next();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
