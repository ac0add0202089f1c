// @ts-check
import { rateOf } from './comparison.mjs';

/** How many per second, and the CPU time for each, which says more on a busy machine. @typedef {{ rate: number, cpuMs: number }} Load */

/**
 * Measures callers that each repeat something.
 *
 * @template Caller
 * @param {Caller[]} callers
 * @param {(caller: Caller) => Promise<unknown>} work once
 * @param {{ ms: number, cpuMs: () => number }} settings how long, and the CPU time so far of the processes that count
 * @returns {Promise<Load>}
 */
export function loadOf(callers, work, { ms, cpuMs }) {
  return loadDuring(() => rateOf(callers, work, ms), cpuMs);
}

/**
 * Measures something that counts itself.
 *
 * @param {() => Promise<number>} measure returns the rate
 * @param {() => number} cpuMs
 * @returns {Promise<Load>}
 */
export async function loadDuring(measure, cpuMs) {
  const [startedAt, cpuBefore] = [performance.now(), cpuMs()];
  const rate = await measure();
  return { rate, cpuMs: (cpuMs() - cpuBefore) / ((rate * (performance.now() - startedAt)) / 1000) };
}

/** Returns the CPU time of this process so far. */
export function ownCpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @type {(samples: Load[]) => number[]} */
export function ratesOf(samples) {
  return samples.map(({ rate }) => rate);
}

/** @type {(samples: Load[]) => number[]} */
export function cpuMsIn(samples) {
  return samples.map(({ cpuMs }) => cpuMs);
}
