// @ts-check
/**
 * Returns the value below which this share of the samples lies; 0.5 is the median.
 *
 * @param {number[]} samples
 * @param {number} share between 0 and 1
 * @returns {number}
 */
export function quantile(samples, share) {
  const sorted = [...samples].sort((left, right) => left - right);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

/**
 * @param {number[]} samples
 * @returns {number}
 */
export function median(samples) {
  return quantile(samples, 0.5);
}

/**
 * The elapsed time of something and the CPU time of this process for it, in ms.
 *
 * @typedef {{ elapsedMs: number, cpuMs: number }} Duration
 */

/**
 * Runs `work` and returns how long it took.
 *
 * @param {() => Promise<unknown>} work
 * @returns {Promise<Duration>}
 */
export async function timed(work) {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { elapsedMs, cpuMs: (user + system) / 1000 };
}
