import { systemFailureOf } from '../contract/system-failure.ts';
import type { BuildStatus } from '../model/build.ts';
import { logWake } from '../store/logs/logs.ts';
import type { Store } from '../store/store.ts';
import { JobFailure } from '../worker/job-failure.ts';

/** What a job waits for. */
interface Awaited<Found> {
  id: string;
  /** The notification of its end. */
  wakeName: string;
  /** How soon its end is noticed without a notification. */
  lookIntervalMs: number;
  find(): Promise<Found | undefined>;
  /** Called when the action ends first. */
  stop(): Promise<unknown>;
}

/** Waits for the end of the build, or of the batch, of a job. Rejects when the action has ended or the signal is aborted. */
export async function untilEnded<Found extends { status: BuildStatus }>(
  { id, wakeName, lookIntervalMs, find, stop }: Awaited<Found>,
  { store, jobId, signal }: { store: Pick<Store, 'jobs' | 'notifications'>; jobId: string; signal: AbortSignal },
): Promise<Found> {
  for (;;) {
    const look = new AbortController();
    const anyEnd = AbortSignal.any([signal, look.signal]);
    // Before the look, so that an end between the two is noticed.
    const moved = Promise.race(
      [wakeName, logWake(jobId)].map((name) => store.notifications.wait(name, lookIntervalMs, anyEnd)),
    );
    try {
      const found = await find();
      if (!found) throw new JobFailure('JobFailed', `${id} was deleted before its action had its result.`);
      if (found.status !== 'IN_PROGRESS') return found;
      if (!(await store.jobs.isOpen(jobId))) {
        await stop();
        throw new Error(`The action ended before ${id}, which is to stop.`);
      }
      await moved;
    } catch (error) {
      // A build outlasts an outage of the database; if this node's lease doesn't, another one waits for it.
      if (systemFailureOf(error)?.kind !== 'unavailable') throw error;
      await moved;
    } finally {
      look.abort();
    }
    signal.throwIfAborted();
  }
}
