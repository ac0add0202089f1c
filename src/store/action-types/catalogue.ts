import type { ActionType, ActionTypeId } from '../../contract/generated.ts';
import type { CataloguedActionType, CataloguedRuleType } from '../../model/action-type.ts';
import type { Scope } from '../../model/pipeline.ts';

/** The catalogue of action types: AWS's own, and each account's custom types. */
export interface ActionTypeRows {
  /** Makes AWS's types exactly `types`; they are seen in every account and region. */
  replaceBuiltIn(types: CataloguedActionType[]): Promise<void>;
  /** False when the type exists, or its version was deleted with another definition; the identical one restores it. */
  insert(scope: Scope, type: CataloguedActionType, tags: Record<string, string>, at: number): Promise<boolean>;
  /** Marks a custom type deleted: it is found and listed no more. False when there is none. */
  delete(scope: Scope, id: ActionTypeId, at: number): Promise<boolean>;
  find(scope: Scope, id: ActionTypeId): Promise<CataloguedActionType | undefined>;
  /** The same for a store that remembers; undefined when it is not known without a look. */
  known?(scope: Scope, id: ActionTypeId): CataloguedActionType | undefined;
  /** Those of `ids` that are there, in no order. */
  findAll(scope: Scope, ids: ActionTypeId[]): Promise<CataloguedActionType[]>;
  /** By owner, category, provider and version, after `afterKey`, at most `limit`. */
  list(
    scope: Scope,
    page: { owner?: string; afterKey: string; limit: number },
  ): Promise<{ key: string; definition: ActionType }[]>;
  countCustom(scope: Scope): Promise<number>;
}

/** The catalogue of rule types, all of them AWS's own. */
export interface RuleTypeRows {
  /** Makes the rule types exactly `types`; they are the same in every account and region. */
  replace(types: CataloguedRuleType[]): Promise<void>;
}
