import type { Logger } from 'pino';

/** A background loop: it runs when started, when its last round asked for it, and at regular intervals. */
export interface Loop {
  start(): void;
  /** Begins the next round now, or right after the current one. */
  wake(): void;
  /** Ends the loop after the current round. */
  stop(): Promise<void>;
}

/** Creates a loop; `runOnce(at)` does one round and returns when the next one is due in ms, or undefined. */
export function createLoop(options: {
  name: string;
  runOnce(at: number): Promise<number | undefined>;
  now(): number;
  /** The longest pause between two rounds: it bounds what a lost notification or a changed clock can delay. */
  longestSleepMs: number;
  log: Logger;
}): Loop {
  const { name, runOnce, now, longestSleepMs, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();
  let isStopped = true;
  let isRunning = false;
  let isWoken = false;

  const run = async (): Promise<void> => {
    let nextAt: number | undefined;
    isRunning = true;
    isWoken = false;
    try {
      nextAt = await runOnce(now());
    } catch (error) {
      log.error({ err: error, loop: name }, 'a round failed; the next one tries again');
    }
    isRunning = false;
    if (isStopped) return;
    const pauseMs = nextAt === undefined ? longestSleepMs : Math.max(0, nextAt - now());
    const sleepMs = isWoken ? 0 : pauseMs;
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
    wake() {
      isWoken = true;
      if (isStopped || isRunning) return;
      clearTimeout(timer);
      next();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
