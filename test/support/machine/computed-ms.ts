/**
 * Returns how long some work computes, in ms, at its best of three runs. Waiting for a processor does not count, so that a
 * busy machine fails no test.
 */
export function computedMs(work: () => void): number {
  const runs = [1, 2, 3].map(() => {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });
  return Math.min(...runs);
}

/**
 * The most that a test lets work on hostile input compute: the aim is 50 ms on an idle machine, tests run on slow ones
 * too, and what they are for takes many times as long.
 */
export const mostComputedMs = 150;
