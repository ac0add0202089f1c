import { expect, test } from 'vitest';
import type { CataloguedActionType } from '../../model/action-type.ts';
import { createNotifications } from '../notifications.ts';
import type { Store } from '../store.ts';
import { cacheActionTypes } from './action-type-cache.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const id = { category: 'Test', owner: 'Custom', provider: 'Mill', version: '1' } as const;

/** A catalogue whose reads end when the test says so, with the result that the test chooses. */
function setUp() {
  const reads: ((timeoutMs: number) => void)[] = [];
  const notifications = createNotifications();
  const read = () =>
    new Promise<CataloguedActionType>((resolve) => {
      reads.push((timeoutMs) => resolve({ timeoutMs } as CataloguedActionType));
    });
  const inner = {
    notifications,
    actionTypes: { find: read, insert: async () => true, delete: async () => true },
    registeredTypes: { find: read, update: async () => undefined },
  } as unknown as Store;
  const store = cacheActionTypes(inner, { now: () => 0, maxAgeMs: 5000 });
  return { reads, notifications, store };
}

/** The reads of custom and of registered types. */
const finds = {
  'a type': (store: Store) => store.actionTypes.find(scope, id),
  'a registered type': (store: Store) => store.registeredTypes.find(scope.region, id) as Promise<unknown>,
};

/** What invalidates the cache. */
const forgetting = {
  'a wake-up of another node': ({ notifications }: ReturnType<typeof setUp>) => notifications.wake(['catalogue']),
  'the notice that wake-ups may be lost': ({ notifications }: ReturnType<typeof setUp>) => notifications.wakeAll(),
  'a change on this node': ({ store }: ReturnType<typeof setUp>) => store.actionTypes.delete(scope, id, 0),
};

const cases = Object.keys(finds).flatMap((kind) => Object.keys(forgetting).map((cause) => [kind, cause] as const));

test.each(cases)('%s whose read began before %s and ends after it is not cached', async (kind, cause) => {
  const world = setUp();
  const find = finds[kind as keyof typeof finds];
  const stale = find(world.store);
  await forgetting[cause as keyof typeof forgetting](world);
  world.reads[0]?.(1);
  expect(await stale).toMatchObject({ timeoutMs: 1 });
  expect(world.store.actionTypes.known?.(scope, id)).toBeUndefined();
  const fresh = find(world.store);
  world.reads[1]?.(2);
  expect(await fresh).toMatchObject({ timeoutMs: 2 });
});

test.each(cases)('%s cached before %s is read again', async (kind, cause) => {
  const world = setUp();
  const find = finds[kind as keyof typeof finds];
  const first = find(world.store);
  world.reads[0]?.(1);
  await first;
  expect(await find(world.store)).toMatchObject({ timeoutMs: 1 });
  expect(world.reads).toHaveLength(1);
  await forgetting[cause as keyof typeof forgetting](world);
  const fresh = find(world.store);
  world.reads[1]?.(2);
  expect(await fresh).toMatchObject({ timeoutMs: 2 });
});

test('a type is cached only for its account and region', async () => {
  const { store, reads } = setUp();
  const first = store.actionTypes.find(scope, id);
  reads[0]?.(1);
  await first;
  for (const other of [
    { ...scope, region: 'eu-west-1' },
    { ...scope, account: '210987654321' },
  ]) {
    expect(store.actionTypes.known?.(other, id)).toBeUndefined();
  }
  const elsewhere = store.actionTypes.find({ ...scope, region: 'eu-west-1' }, id);
  reads[1]?.(2);
  expect(await elsewhere).toMatchObject({ timeoutMs: 2 });
  expect(store.actionTypes.known?.(scope, id)).toMatchObject({ timeoutMs: 1 });
});
