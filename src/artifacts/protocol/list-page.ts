/** Where a list continues: after a key, or after one of several items of the same key. */
interface Position {
  afterKey: string;
  afterId?: string;
}

/** One page of a list. Keys that contain the delimiter after the prefix are folded into common prefixes. */
export interface ListPage<Item> {
  items: Item[];
  commonPrefixes: string[];
  /** Where the next page starts; absent on the last page. */
  next?: Position;
}

export interface ListQuery<Item> {
  prefix: string;
  /** If empty, nothing is folded. */
  delimiter: string;
  /** Counts items and common prefixes. */
  limit: number;
  start: Position;
  /** Returns the next items, ordered by the bytes of their keys. */
  fetch(position: Position, limit: number): Promise<Item[]>;
  positionOf(item: Item): Position;
}

/** Items per read where the next ones are likely to be folded. */
const fewItems = 2;

/**
 * Reads one page. After a common prefix it seeks the first key without it, so the number of items read depends on the
 * size of the page, not on the number of folded keys.
 */
export async function readListPage<Item extends { key: string }>(query: ListQuery<Item>): Promise<ListPage<Item>> {
  const { limit, start } = query;
  const page: ListPage<Item> = { items: [], commonPrefixes: [] };
  if (limit === 0) return page;
  // If the previous page ended with a common prefix, that prefix is the marker.
  let folded = commonPrefixOf(start.afterKey, query) === start.afterKey ? start.afterKey : undefined;
  let last = start;
  let position = folded === undefined ? start : afterAll(folded);
  // Without a delimiter one read fills the page; otherwise reads grow while few of their items are folded.
  let size = query.delimiter === '' ? limit + 1 : fewItems * 8;
  for (;;) {
    const before = countEntries(page);
    size = Math.min(size, limit + 1);
    const rows = await query.fetch(position, size);
    for (const row of rows) {
      if (folded !== undefined && row.key.startsWith(folded)) continue;
      if (countEntries(page) === limit) return { ...page, next: last };
      folded = commonPrefixOf(row.key, query);
      if (folded === undefined) page.items.push(row);
      else page.commonPrefixes.push(folded);
      last = folded === undefined ? query.positionOf(row) : { afterKey: folded };
    }
    const end = rows.at(-1);
    if (!end || rows.length < size) return page;
    position = folded !== undefined && end.key.startsWith(folded) ? afterAll(folded) : query.positionOf(end);
    size = Math.max(fewItems, 2 * (countEntries(page) - before));
  }
}

function countEntries({ items, commonPrefixes }: ListPage<unknown>): number {
  return items.length + commonPrefixes.length;
}

function commonPrefixOf(key: string, { prefix, delimiter }: { prefix: string; delimiter: string }): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const found = key.indexOf(delimiter, prefix.length);
  return found < 0 ? undefined : key.slice(0, found + delimiter.length);
}

/** Sorts after any rest of a key: the last code point, repeated beyond the 1,024 bytes of a key. */
const beyondKeys = '\u{10ffff}'.repeat(257);

/** Returns the position after all keys that begin with `prefix`. */
function afterAll(prefix: string): Position {
  return { afterKey: prefix + beyondKeys };
}
