import type { Condition, Result } from '../../contract/generated.ts';
import type { ConditionKind } from '../../model/condition.ts';
import type { StoredStage } from '../../model/pipeline.ts';

/** A condition with its stage and its kind. */
export interface DeclaredCondition {
  stage: StoredStage;
  kind: ConditionKind;
  condition: Condition;
}

const kinds = ['beforeEntry', 'onSuccess', 'onFailure'] as const;

/** Lists the conditions of stages. */
export function declaredConditions(stages: StoredStage[]): DeclaredCondition[] {
  return stages.flatMap((stage) =>
    kinds.flatMap((kind) => (stage[kind]?.conditions ?? []).map((condition) => ({ stage, kind, condition }))),
  );
}

/** Lists the results of failures and conditions, or only the wanted ones. */
export function declaredResults(
  stages: StoredStage[],
  wanted?: Result,
): (Pick<DeclaredCondition, 'stage' | 'kind'> & { result: Result | undefined })[] {
  const ofConditions = declaredConditions(stages).map(({ condition: { result }, ...declared }) => ({
    ...declared,
    result,
  }));
  const ofFailures = stages.flatMap((stage) =>
    stage.onFailure?.result ? { stage, kind: 'onFailure' as const, result: stage.onFailure.result } : [],
  );
  return [...ofFailures, ...ofConditions].filter(({ result }) => wanted === undefined || result === wanted);
}
