import type { Logger } from 'pino';
import type { Dependencies } from '../api/dependencies.ts';
import { createUnpolledWarning } from '../queue/waiting-jobs.ts';
import { createLoop, type Loop } from '../scheduler/loop.ts';

const intervalMs = 60 * 1000;

/** The loop that warns of jobs which wait while no worker asks for them. */
export function unpolledLoop(parts: Dependencies, log: Logger): Loop {
  const runOnce = createUnpolledWarning(parts.jobQueue, log);
  return createLoop({ name: 'jobs nobody asks for', runOnce, now: parts.now, longestSleepMs: intervalMs, log });
}
