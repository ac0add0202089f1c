import type { RuleState, StageConditionState } from '../../../contract/generated.ts';
import { stageConditions } from '../../../engine/conditions/index.ts';
import type { ConditionKind } from '../../../model/condition.ts';
import type { ActionExecution } from '../../../model/execution.ts';
import type { StoredStage } from '../../../model/pipeline.ts';
import type { CheckedCondition } from '../../../store/store.ts';
import { toSeconds } from '../../seconds.ts';

const kinds = Object.keys(stageConditions) as ConditionKind[];

/** Lists the conditions that a stage declares. */
export function declaredConditions(stage: StoredStage): { stageName: string; kind: ConditionKind }[] {
  const declared = kinds.filter((kind) => stageConditions[kind].declared(stage) !== undefined);
  return declared.map((kind) => ({ stageName: stage.name, kind }));
}

/** Returns the latest check of a stage's condition and of each of its rules; undefined if the stage declares none. */
export function conditionState(
  stage: StoredStage,
  kind: ConditionKind,
  checks: CheckedCondition[],
): StageConditionState | undefined {
  const declared = stageConditions[kind].declared(stage);
  if (!declared) return undefined;
  const latest = checks.find((check) => check.stageName === stage.name && check.kind === kind);
  const ruleStates = (declared.rules ?? []).map(({ name }) =>
    ruleState(
      name,
      latest?.rules.find(({ actionName }) => actionName === name),
    ),
  );
  if (!latest) return { conditionStates: [{ ruleStates }] };
  const { status, summary, updatedAt } = latest;
  return {
    latestExecution: { status, summary },
    conditionStates: [{ latestExecution: { status, summary, lastStatusChange: toSeconds(updatedAt) }, ruleStates }],
  };
}

function ruleState(ruleName: string, execution: ActionExecution | undefined): RuleState {
  if (!execution) return { ruleName };
  const { progress, error } = execution;
  return {
    ruleName,
    latestExecution: {
      ruleExecutionId: execution.id,
      status: execution.status,
      summary: progress.summary,
      lastStatusChange: toSeconds(execution.updatedAt),
      externalExecutionId: progress.externalExecutionId,
      errorDetails: error,
    },
  };
}
