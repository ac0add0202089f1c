import type { Logger } from 'pino';
import type { Parts } from '../api/codepipeline/operation.ts';
import { createUnpolledWarning } from '../queue/waiting-jobs.ts';
import { createLoop, type Loop } from '../scheduler/loop.ts';

const intervalMs = 60 * 1000;

/** The loop that warns of jobs which wait while no worker asks for them. */
export function unpolledLoop(parts: Parts, log: Logger): Loop {
  const runOnce = createUnpolledWarning(parts, log);
  return createLoop({ name: 'jobs nobody asks for', runOnce, now: parts.now, longestSleepMs: intervalMs, log });
}
