/** Where a list goes on: after a key, or after one of several things of the same key. */
interface Position {
  afterKey: string;
  afterId?: string;
}

/** One page of a list, keys with the delimiter after the prefix folded into common prefixes. */
export interface ListPage<Item> {
  items: Item[];
  commonPrefixes: string[];
  /** Where the next page begins; absent on the last one. */
  next?: Position;
}

export interface ListQuery<Item> {
  prefix: string;
  /** Empty: nothing is folded. */
  delimiter: string;
  /** Items and common prefixes together. */
  limit: number;
  start: Position;
  /** The next items in the order of their keys' bytes. */
  fetch(position: Position, limit: number): Promise<Item[]>;
  positionOf(item: Item): Position;
}

/** How many items are read at once when what follows may be folded. */
const fewItems = 2;

/**
 * Reads as many items as make one page. Behind a common prefix it seeks the first key that does not have it, so a page
 * reads a few items for each of its entries, however many keys were folded.
 */
export async function readListPage<Item extends { key: string }>(query: ListQuery<Item>): Promise<ListPage<Item>> {
  const { limit, start } = query;
  const page: ListPage<Item> = { items: [], commonPrefixes: [] };
  if (limit === 0) return page;
  // A page that ended with a common prefix names it as the marker of the next one.
  let folded = commonPrefixOf(start.afterKey, query) === start.afterKey ? start.afterKey : undefined;
  let last = start;
  let position = folded === undefined ? start : afterAll(folded);
  // Without a delimiter one read makes the page; else reads grow while few of their items are folded.
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

/** The last code point, more often than it fits into the 1,024 bytes of a key. */
const beyondKeys = '\u{10ffff}'.repeat(257);

/** The position behind all keys that begin with `prefix`. */
function afterAll(prefix: string): Position {
  return { afterKey: prefix + beyondKeys };
}
