/** Repeatable random numbers: the same seed gives the same sequence (mulberry32). */
export interface Chance {
  /** Returns an integer from 0 to below `bound`. */
  below(bound: number): number;
  /** Returns true once in `times` calls on average. */
  oneIn(times: number): boolean;
  /** Returns one of `items`; undefined if there is none. */
  pick<T>(items: readonly T[]): T | undefined;
  /** Returns one of the matching `items`, the first one after a random index; undefined if none matches. */
  pickFitting<T>(items: readonly T[], fits: (item: T) => boolean): T | undefined;
}

export function createChance(seed: number): Chance {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number) => Math.floor(next() * bound);
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick: (items) => items[below(items.length)],
    pickFitting(items, fits) {
      const first = below(items.length);
      for (let offset = 0; offset < items.length; offset += 1) {
        const item = items[(first + offset) % items.length];
        if (item !== undefined && fits(item)) return item;
      }
      return undefined;
    },
  };
}
