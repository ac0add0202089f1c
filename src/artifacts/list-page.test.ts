import { expect, test } from 'vitest';
import { readListPage } from './list-page.ts';

const keys = ['a', 'b/1', 'b/2', 'b/2/x', 'b0', 'c/\u{10ffff}x', 'c/z', 'd'].sort((a, b) =>
  Buffer.compare(Buffer.from(a), Buffer.from(b)),
);

/** A table that counts how often it is read. */
function tableOf(all: string[]) {
  const table = {
    reads: 0,
    async fetch({ afterKey }: { afterKey: string }, limit: number) {
      table.reads += 1;
      return all
        .filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(afterKey)) > 0)
        .slice(0, limit)
        .map((key) => ({ key }));
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

test.each([1, 2, 3, 4, 100])('pages of %i tell each entry once', async (limit) => {
  expect(await readAll(limit, '')).toEqual([...keys].sort());
  expect(await readAll(limit, '/')).toEqual(['a', 'b/', 'b0', 'c/', 'd']);
});

test('a common prefix of many keys costs one read, not one for each', async () => {
  const many = Array.from({ length: 5000 }, (_, index) => `dir/${String(index).padStart(5, '0')}`);
  const table = tableOf([...many, 'z']);
  const page = await readListPage({
    prefix: '',
    delimiter: '/',
    limit: 10,
    start: { afterKey: '' },
    fetch: table.fetch,
    positionOf: ({ key }) => ({ afterKey: key }),
  });
  expect(page).toEqual({ items: [{ key: 'z' }], commonPrefixes: ['dir/'] });
  expect(table.reads).toBe(2);
});
