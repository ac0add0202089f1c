import { LRUCache } from 'lru-cache';
import type { ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey, type CataloguedActionType } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import { partnerKey } from '../../model/queue-key.ts';
import type { RegisteredActionType } from '../../model/registered-type.ts';
import type { Store } from '../store.ts';

/** The name under which `wakes` tells that action types have changed. */
const catalogueWake = 'catalogue';

/** The number of types of each kind that are cached. */
const maxRemembered = 2000;

/**
 * The store with its catalogue in memory, as every poll asks for its action type. What changes through this store is
 * forgotten at once, what other nodes change as soon as their wake comes and after `maxAgeMs` at the latest. Types that
 * are not there are not remembered. A new client of a partner wakes the partner's polls: there may be jobs for it.
 */
export function rememberCatalogue(store: Store, { now, maxAgeMs }: { now: () => number; maxAgeMs: number }): Store {
  const { actionTypes, registeredTypes, thirdPartyClients, wakes } = store;
  const types = createMemory<CataloguedActionType>(now, maxAgeMs);
  const registered = createMemory<RegisteredActionType>(now, maxAgeMs);
  wakes.onWake((name) => {
    if (name !== undefined && name !== catalogueWake) return;
    types.clear();
    registered.clear();
  });
  /** Tells of a change after its commit, and before whoever made it is answered. */
  const changing = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      wakes.wake([catalogueWake]);
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
      find: (region: string, id: ActionTypeId) =>
        registered.find(`${region}/${actionTypeKey(id)}`, () => registeredTypes.find(region, id)),
    },
    thirdPartyClients: {
      ...thirdPartyClients,
      async insert(client) {
        await thirdPartyClients.insert(client);
        wakes.wake([partnerKey(client.region, client.typeKey).name]);
      },
    },
  };
}

/** The key of a type that an account sees in a region. */
function keyOf({ account, region }: Scope, id: ActionTypeId): string {
  return `${account}/${region}/${actionTypeKey(id)}`;
}

/** Values by key; what was read before everything was forgotten is not kept. */
function createMemory<T>(now: () => number, maxAgeMs: number) {
  const kept = new LRUCache<string, { value: T; since: number }>({ max: maxRemembered });
  let generation = 0;
  const known = (key: string): T | undefined => {
    const found = kept.get(key);
    if (found === undefined) return undefined;
    const at = now();
    return at >= found.since && at < found.since + maxAgeMs ? found.value : undefined;
  };
  return {
    known,
    clear() {
      generation += 1;
      kept.clear();
    },
    async find(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
      const remembered = known(key);
      if (remembered !== undefined) return remembered;
      const since = now();
      const begunIn = generation;
      const value = await read();
      if (begunIn !== generation) return value;
      if (value === undefined) kept.delete(key);
      else kept.set(key, { value, since });
      return value;
    },
  };
}
