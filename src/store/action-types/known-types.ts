import { LRUCache } from 'lru-cache';
import type { ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey, type CataloguedActionType } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { findActionType } from './action-types.ts';

/** Action types as decisions are shown them. */
export interface KnownTypes {
  /** Those of `ids` that the account can use; `version` is the catalogue's in this transaction. */
  find(sql: Statements, scope: Scope, ids: ActionTypeId[], version: string): Promise<CataloguedActionType[]>;
  forget(): void;
}

/**
 * Keeps types as long as the catalogue has not changed: they are asked for at every event, and change seldom. What was
 * read in a transaction that then fails may never have been, so whoever reads there says `forget`.
 */
export function createKnownTypes(max: number): KnownTypes {
  // A type that doesn't exist is cached too.
  const known = new LRUCache<string, { version: string; type: CataloguedActionType | undefined }>({ max });
  let generation = 0;
  return {
    async find(sql, scope, ids, version) {
      const begunIn = generation;
      const found = await Promise.all(
        ids.map(async (id) => {
          const key = `${scope.account}/${scope.region}/${actionTypeKey(id)}`;
          const held = known.get(key);
          if (held?.version === version) return held.type;
          const type = await findActionType(sql, scope, id);
          if (begunIn === generation) known.set(key, { version, type });
          return type;
        }),
      );
      return found.flatMap((type) => type ?? []);
    },
    forget() {
      generation += 1;
      known.clear();
    },
  };
}
