import { LRUCache } from 'lru-cache';
import type { ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey, type CataloguedActionType } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import { partnerKey } from '../../model/queue-key.ts';
import type { RegisteredActionType } from '../../model/registered-type.ts';
import type { Statements } from '../database.ts';
import type { Notifications } from '../notifications.ts';
import { type ActionTypeRows, findActionType } from './action-types.ts';
import type { RegisteredTypeRows } from './registered-types.ts';
import type { ThirdPartyClientRows } from './third-party-clients.ts';

/** The action types of snapshots. */
export interface SnapshotTypeCache {
  /** Finds those of `ids` that the account can use; `version` is the catalogue's in this transaction. */
  find(sql: Statements, scope: Scope, ids: ActionTypeId[], version: string): Promise<CataloguedActionType[]>;
  clear(): void;
}

/**
 * Caches types while the catalogue's version stays the same: every event reads them, and they change rarely. After a
 * failed transaction the cache has to be cleared, since what it read may never have been committed.
 */
export function createSnapshotTypeCache(max: number): SnapshotTypeCache {
  // A type that doesn't exist is cached too.
  const cache = new LRUCache<string, { version: string; type: CataloguedActionType | undefined }>({ max });
  let generation = 0;
  return {
    async find(sql, scope, ids, version) {
      const begunIn = generation;
      const found = await Promise.all(
        ids.map(async (id) => {
          const key = keyOf(scope, id);
          const cached = cache.get(key);
          if (cached?.version === version) return cached.type;
          const type = await findActionType(sql, scope, id);
          if (begunIn === generation) cache.set(key, { version, type });
          return type;
        }),
      );
      return found.flatMap((type) => type ?? []);
    },
    clear() {
      generation += 1;
      cache.clear();
    },
  };
}

/** The name to notify when action types have changed. */
const catalogueWake = 'catalogue';

/** The number of types of each kind that are cached. */
const cachedTypes = 2000;

interface CatalogueStore {
  actionTypes: ActionTypeRows;
  registeredTypes: RegisteredTypeRows;
  thirdPartyClients: ThirdPartyClientRows;
  notifications: Notifications;
}

/**
 * Caches the catalogue of a store, since every poll reads its action type. Changes through this store invalidate it at
 * once, those of other nodes by their notification, or after `maxAgeMs` if that was lost. Types that don't exist aren't
 * cached. A new client of a partner wakes the partner's polls, because there may be jobs for it.
 */
export function cacheActionTypes<Cached extends CatalogueStore>(
  store: Cached,
  { now, maxAgeMs }: { now: () => number; maxAgeMs: number },
): Cached {
  const { actionTypes, registeredTypes, thirdPartyClients, notifications } = store;
  const types = createCache<CataloguedActionType>(now, maxAgeMs);
  const registered = createCache<RegisteredActionType>(now, maxAgeMs);
  notifications.onWake((name) => {
    if (name !== undefined && name !== catalogueWake) return;
    types.clear();
    registered.clear();
  });
  /** Notifies of a change after its commit, and before the caller gets its response. */
  const changing = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      notifications.wake([catalogueWake]);
    }
  };
  return {
    ...store,
    actionTypes: {
      ...actionTypes,
      replaceBuiltIn: (types) => changing(actionTypes.replaceBuiltIn(types)),
      insert: (scope, type, tags, at) => changing(actionTypes.insert(scope, type, tags, at)),
      delete: (scope, id, at) => changing(actionTypes.delete(scope, id, at)),
      find: (scope, id) => types.find(keyOf(scope, id), () => actionTypes.find(scope, id)),
      known: (scope, id) => types.known(keyOf(scope, id)),
    },
    registeredTypes: {
      ...registeredTypes,
      insert: (type, at) => changing(registeredTypes.insert(type, at)),
      update: (region, id, revise) => changing(registeredTypes.update(region, id, revise)),
      deregister: (scope, id, at) => changing(registeredTypes.deregister(scope, id, at)),
      find: (region, id) => registered.find(`${region}/${actionTypeKey(id)}`, () => registeredTypes.find(region, id)),
    },
    thirdPartyClients: {
      ...thirdPartyClients,
      async insert(client) {
        await thirdPartyClients.insert(client);
        notifications.wake([partnerKey(client.region, client.typeKey).name]);
      },
    },
  } satisfies CatalogueStore as Cached;
}

/** Returns the key of a type that an account sees in a region. */
function keyOf({ account, region }: Scope, id: ActionTypeId): string {
  return `${account}/${region}/${actionTypeKey(id)}`;
}

/** Values by key, for at most `maxAgeMs`; a value whose read began before `clear` isn't kept. */
function createCache<T>(now: () => number, maxAgeMs: number) {
  const cache = new LRUCache<string, { value: T; since: number }>({ max: cachedTypes });
  let generation = 0;
  const known = (key: string): T | undefined => {
    const found = cache.get(key);
    if (found === undefined) return undefined;
    const at = now();
    return at >= found.since && at < found.since + maxAgeMs ? found.value : undefined;
  };
  return {
    known,
    clear() {
      generation += 1;
      cache.clear();
    },
    async find(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
      const cached = known(key);
      if (cached !== undefined) return cached;
      const since = now();
      const begunIn = generation;
      const value = await read();
      if (begunIn !== generation) return value;
      if (value === undefined) cache.delete(key);
      else cache.set(key, { value, since });
      return value;
    },
  };
}
