import { setImmediate } from 'node:timers/promises';

/** How many documents are read at a time: each may be large, and other calls must get their turn. */
const turnSize = 10;

/** Returns what `work` returns for all items, a few at a time. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (some: Item[]) => Promise<Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += turnSize) {
    if (start > 0) await setImmediate();
    results.push(...(await work(items.slice(start, start + turnSize))));
  }
  return results;
}
