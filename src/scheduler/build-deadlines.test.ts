import { expect, test } from 'vitest';
import type { Store } from '../store/store.ts';
import { endOverdueBuilds } from './build-deadlines.ts';

const scope = { account: 'a', region: 'r' };

/** Builds that are overdue, by id; the one named `broken` can't be ended. */
function createBuilds(overdue: string[]) {
  const ended: string[] = [];
  const builds = {
    nextEnd: async () => (overdue.length > ended.length ? 700 : undefined),
    overdue: async () => overdue.map((id) => ({ scope, id })),
    endOverdue: async ({ id }: { id: string }) => {
      if (id === 'broken') throw new Error('no');
      ended.push(id);
      return true;
    },
  };
  return { ended, store: { builds } as unknown as Store };
}

test('ends what is overdue and returns when the next build may be due', async () => {
  const { ended, store } = createBuilds(['1', '2']);
  expect(await endOverdueBuilds(store, 5)).toBeUndefined();
  expect(ended).toEqual(['1', '2']);
});

test('a build that cannot be ended stops no other, and is tried again', async () => {
  const { ended, store } = createBuilds(['broken', '2']);
  await expect(endOverdueBuilds(store, 5)).rejects.toThrow('could not be ended');
  expect(ended).toEqual(['2']);
});
