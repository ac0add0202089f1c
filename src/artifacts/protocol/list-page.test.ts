import { expect, test } from 'vitest';
import { readListPage } from './list-page.ts';

const keys = ['a', 'b/1', 'b/2', 'b/2/x', 'b0', 'c/\u{10ffff}x', 'c/z', 'd'].sort((a, b) =>
  Buffer.compare(Buffer.from(a), Buffer.from(b)),
);

/** Creates a table that counts its reads. */
function tableOf(all: string[]) {
  const table = {
    reads: 0,
    rows: 0,
    async fetch({ afterKey }: { afterKey: string }, limit: number) {
      table.reads += 1;
      const rows = all
        .filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(afterKey)) > 0)
        .slice(0, limit)
        .map((key) => ({ key }));
      table.rows += rows.length;
      return rows;
    },
  };
  return table;
}

async function readAll(limit: number, delimiter: string): Promise<string[]> {
  const { fetch } = tableOf(keys);
  const found: string[] = [];
  let afterKey = '';
  for (;;) {
    const page = await readListPage({
      prefix: '',
      delimiter,
      limit,
      start: { afterKey },
      fetch,
      positionOf: ({ key }) => ({ afterKey: key }),
    });
    expect(page.items.length + page.commonPrefixes.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map(({ key }) => key), ...page.commonPrefixes);
    if (!page.next) return found.sort();
    afterKey = page.next.afterKey;
  }
}

test.each([1, 2, 3, 4, 100])('pages of %i contain each entry once', async (limit) => {
  expect(await readAll(limit, '')).toEqual([...keys].sort());
  expect(await readAll(limit, '/')).toEqual(['a', 'b/', 'b0', 'c/', 'd']);
});

test.each([
  ['after the prefix', (index: number) => `dir/${String(index).padStart(5, '0')}`],
  // After the last code point that can follow a prefix, but still within it.
  ['at the very end of the prefix', (index: number) => `dir/\u{10ffff}\u{10ffff}${index}`],
])('a common prefix of many keys %s costs two short reads', async (_where, keyOf) => {
  const table = tableOf([...Array.from({ length: 5000 }, (_, index) => keyOf(index)).sort(), 'z']);
  const page = await readListPage({
    prefix: '',
    delimiter: '/',
    limit: 1000,
    start: { afterKey: '' },
    fetch: table.fetch,
    positionOf: ({ key }) => ({ afterKey: key }),
  });
  expect(page).toEqual({ items: [{ key: 'z' }], commonPrefixes: ['dir/'] });
  expect(table.reads).toBe(2);
  expect(table.rows).toBeLessThan(20);
});
