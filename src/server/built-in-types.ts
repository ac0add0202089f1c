import { builtInActionTypes } from '../catalogue/action-types.ts';
import { builtInRuleTypes } from '../catalogue/rule-types.ts';
import { actionTypeKey, isManualApproval, type JobTypeId, ruleTypeId } from '../model/action-type.ts';
import { providers } from '../providers/index.ts';
import type { Store } from '../store/store.ts';

/** Stores AWS's types as this version of the server has them. */
export async function replaceBuiltInTypes({ actionTypes, ruleTypes }: Store): Promise<void> {
  await actionTypes.replaceBuiltIn(markUnperformed(builtInActionTypes, ({ id }) => id));
  await ruleTypes.replace(markUnperformed(builtInRuleTypes, ({ id }) => ruleTypeId(id)));
}

/** Reports whether actions of a built-in type fail here, because there is no provider. */
export function lacksProvider(typeKey: string): boolean {
  const type = builtInActionTypes.find(({ definition }) => actionTypeKey(definition.id) === typeKey);
  return type !== undefined && !isManualApproval(type.definition.id) && !performed.has(typeKey);
}

const performed = new Set(providers.map(({ actionTypeId }) => actionTypeKey(actionTypeId)));

/** Marks the types without a provider: declarations may have them, but they fail when they run. */
function markUnperformed<Definition, Type extends { definition: Definition; lacksProvider?: true }>(
  types: readonly Type[],
  idOf: (definition: Type['definition']) => JobTypeId,
): Type[] {
  return types.map((type) =>
    performed.has(actionTypeKey(idOf(type.definition))) ? type : { ...type, lacksProvider: true as const },
  );
}
