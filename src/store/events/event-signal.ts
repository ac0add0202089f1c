import type { Notifications } from '../notifications.ts';

/** The name that is notified when events were committed. */
const eventsWake = 'events';

/** The name by which a reader asks the nodes to notify of events. */
const readerWake = 'events: reader';

/** How long a node notifies after a reader has asked; waiting readers ask again sooner. */
const announcedMs = 60_000;
const askAgainMs = 20_000;

/** The shortest time between two notifications: a busy node sends few. */
const pauseMs = 20;

/** Tells readers of events that there are new ones; costs next to nothing while there are no readers. */
export function createEventSignal(notifications: Notifications, clock = () => performance.now()) {
  let announcedUntil = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let isPausing = false;
  let isMissed = false;
  notifications.onWake((name) => {
    if (name === readerWake || name === undefined) announcedUntil = clock() + announcedMs;
  });
  const notify = (): void => {
    isMissed = isPausing;
    if (isPausing) return;
    isPausing = true;
    notifications.wake([eventsWake]);
    setTimeout(() => {
      isPausing = false;
      if (isMissed) notify();
    }, pauseMs).unref();
  };
  return {
    committed(): void {
      if (clock() < announcedUntil) notify();
    },
    next(timeoutMs: number, signal: AbortSignal): Promise<void> {
      if (clock() - askedAt >= askAgainMs) {
        askedAt = clock();
        notifications.wake([readerWake]);
      }
      return notifications.wait(eventsWake, timeoutMs, signal);
    },
  };
}
