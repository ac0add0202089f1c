// @ts-check
import { median } from './statistics.mjs';

/**
 * Measures several sides alternately, rotating the order each round, so that a machine that is slow for a while slows all
 * of them. The first round warms up and is not counted.
 *
 * @template {Record<string, (() => Promise<unknown>) | undefined>} Sides
 * @param {Sides} sides one that isn't there gets no samples
 * @param {number} [rounds]
 * @returns {Promise<{ [Name in keyof Sides]: Awaited<ReturnType<NonNullable<Sides[Name]>>>[] }>}
 */
export async function measureAlternately(sides, rounds = Number(process.env.BENCH_ROUNDS ?? 5)) {
  /** @type {Record<string, unknown[]>} */
  const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  const entries = Object.entries(sides).flatMap(([name, measure]) =>
    measure ? [/** @type {const} */ ([name, measure])] : [],
  );
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, measure] of round % 2 === 0 ? entries : entries.toReversed()) {
      const sample = await measure();
      if (round > 0) samples[name]?.push(sample);
    }
  }
  return /** @type {any} */ (samples);
}

/**
 * Returns how often per second callers complete something they each repeat.
 *
 * @template Caller
 * @param {Caller[]} callers
 * @param {(caller: Caller) => Promise<unknown>} work once
 * @param {number} ms how long
 */
export async function rateOf(callers, work, ms) {
  const startedAt = performance.now();
  const endsAt = startedAt + ms;
  let count = 0;
  await Promise.all(
    callers.map(async (caller) => {
      while (performance.now() < endsAt) {
        await work(caller);
        count += 1;
      }
    }),
  );
  return (count * 1000) / (performance.now() - startedAt);
}

/**
 * Returns a row of the table: the medians of two sides, their ratio, and the spread of the rounds' ratios.
 *
 * @param {string} what
 * @param {number[]} own
 * @param {number[]} peer
 * @param {Limits} [target] of the ratio
 */
export function ratioRow(what, own, peer, target) {
  const ratios = own.map((value, round) => value / (peer[round] ?? Number.NaN));
  const ratio = median(own) / median(peer);
  return {
    what,
    ours: rounded(median(own)),
    theirs: rounded(median(peer)),
    ratio: rounded(ratio),
    'by round': `${rounded(Math.min(...ratios))} to ${rounded(Math.max(...ratios))}`,
    ...targetOf(ratio, target),
  };
}

/**
 * Returns a row with a figure that has its own target.
 *
 * @param {string} what
 * @param {number} value
 * @param {Limits & { theirs?: number }} [target]
 */
export function valueRow(what, value, { theirs, ...target } = {}) {
  const compared = theirs === undefined ? {} : { theirs: rounded(theirs), ratio: rounded(value / theirs) };
  return { what, ours: rounded(value), ...compared, ...targetOf(value, target) };
}

/**
 * @typedef {{ atLeast?: number, atMost?: number }} Limits
 * @type {(value: number, target?: Limits) => { target?: string, met?: string }}
 */
function targetOf(value, { atLeast, atMost } = {}) {
  if (atLeast !== undefined) return { target: `at least ${atLeast}`, met: value >= atLeast ? 'yes' : 'no' };
  if (atMost !== undefined) return { target: `at most ${atMost}`, met: value <= atMost ? 'yes' : 'no' };
  return {};
}

/** @type {(value: number) => number} */
function rounded(value) {
  return Number(value.toPrecision(value >= 1000 ? 4 : 3));
}
