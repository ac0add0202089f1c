import type { ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey, type CataloguedActionType } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { findActionType } from './action-types.ts';

/** Types kept in memory at most, those that are not there counted. */
const mostTypes = 10_000;

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
export function createKnownTypes(): KnownTypes {
  let known = new Map<string, CataloguedActionType | undefined>();
  let knownVersion: string | undefined;
  return {
    async find(sql, scope, ids, version) {
      if (version !== knownVersion || known.size > mostTypes) known = new Map();
      knownVersion = version;
      const types = known;
      const found = await Promise.all(
        ids.map(async (id) => {
          const key = `${scope.account}/${scope.region}/${actionTypeKey(id)}`;
          if (types.has(key)) return types.get(key);
          const type = await findActionType(sql, scope, id);
          types.set(key, type);
          return type;
        }),
      );
      return found.flatMap((type) => type ?? []);
    },
    forget() {
      known = new Map();
      knownVersion = undefined;
    },
  };
}
