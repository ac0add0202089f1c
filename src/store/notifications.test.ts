import { describe, expect, test } from 'vitest';
import { createNotifications } from './notifications.ts';

const longMs = 60_000;

/** Starts a wait, and tracks whether it is over. */
function waitFor(
  notifications: ReturnType<typeof createNotifications>,
  queue: string,
  parts: { ms?: number; signal?: AbortSignal } = {},
) {
  const state = { isOver: false, over: Promise.resolve() };
  state.over = notifications.wait(queue, parts.ms ?? longMs, parts.signal ?? new AbortController().signal).then(() => {
    state.isOver = true;
  });
  return state;
}

/** Runs everything that is due. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a wait for a queue', () => {
  test('ends together with all others for that queue, and no others', async () => {
    const notifications = createNotifications();
    const abort = new AbortController();
    const waiting = [waitFor(notifications, 'a'), waitFor(notifications, 'a'), waitFor(notifications, 'b')];
    const other = waitFor(notifications, 'c', { signal: abort.signal });
    notifications.wake(['a', 'b']);
    await Promise.all(waiting.map(({ over }) => over));
    await turn();
    expect(other.isOver).toBe(false);
    abort.abort();
    await other.over;
  });

  test('ends when its client has disconnected, before or during the wait', async () => {
    const notifications = createNotifications();
    const gone = new AbortController();
    gone.abort();
    await waitFor(notifications, 'a', { signal: gone.signal }).over;
    const going = new AbortController();
    const waiting = waitFor(notifications, 'a', { signal: going.signal });
    going.abort();
    await waiting.over;
  });

  test('ends after its time-out', async () => {
    await waitFor(createNotifications(), 'a', { ms: 1 }).over;
  });

  test('that starts during a notification is not ended by it', async () => {
    const notifications = createNotifications();
    const abort = new AbortController();
    const again: ReturnType<typeof waitFor>[] = [];
    const first = waitFor(notifications, 'a').over.then(
      () => void again.push(waitFor(notifications, 'a', { signal: abort.signal })),
    );
    notifications.wake(['a']);
    await first;
    await turn();
    expect(again[0]?.isOver).toBe(false);
    abort.abort();
    await again[0]?.over;
  });

  test('a notification without waiters has no effect', () => {
    expect(() => createNotifications().wake(['a'])).not.toThrow();
  });
});
