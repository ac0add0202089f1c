import { describe, expect, test } from 'vitest';
import { createNotifications } from './notifications.ts';

const longMs = 60_000;

/** Waits and tells whether it is over. */
function waitFor(
  wakes: ReturnType<typeof createNotifications>,
  queue: string,
  parts: { ms?: number; signal?: AbortSignal } = {},
) {
  const state = { isOver: false, over: Promise.resolve() };
  state.over = wakes.wait(queue, parts.ms ?? longMs, parts.signal ?? new AbortController().signal).then(() => {
    state.isOver = true;
  });
  return state;
}

/** Lets everything that is due have its turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('whoever waits for a queue', () => {
  test('is woken together with all others of that queue, and nobody else is', async () => {
    const wakes = createNotifications();
    const abort = new AbortController();
    const waiting = [waitFor(wakes, 'a'), waitFor(wakes, 'a'), waitFor(wakes, 'b')];
    const other = waitFor(wakes, 'c', { signal: abort.signal });
    wakes.wake(['a', 'b']);
    await Promise.all(waiting.map(({ over }) => over));
    await turn();
    expect(other.isOver).toBe(false);
    abort.abort();
    await other.over;
  });

  test('is let go when its client has gone, before or while it waits', async () => {
    const wakes = createNotifications();
    const gone = new AbortController();
    gone.abort();
    await waitFor(wakes, 'a', { signal: gone.signal }).over;
    const going = new AbortController();
    const waiting = waitFor(wakes, 'a', { signal: going.signal });
    going.abort();
    await waiting.over;
  });

  test('is let go after its time', async () => {
    await waitFor(createNotifications(), 'a', { ms: 1 }).over;
  });

  test('hears a wake that comes while others are woken only if it was there before', async () => {
    const wakes = createNotifications();
    const abort = new AbortController();
    const again: ReturnType<typeof waitFor>[] = [];
    const first = waitFor(wakes, 'a').over.then(() => void again.push(waitFor(wakes, 'a', { signal: abort.signal })));
    wakes.wake(['a']);
    await first;
    await turn();
    expect(again[0]?.isOver).toBe(false);
    abort.abort();
    await again[0]?.over;
  });

  test('a wake nobody waits for is lost without harm', () => {
    expect(() => createNotifications().wake(['a'])).not.toThrow();
  });
});
