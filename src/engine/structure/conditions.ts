import type { Condition, Result } from '../../contract/generated.ts';
import type { BuiltInRuleType } from '../../model/action-type.ts';
import type { StoredStage } from '../../model/pipeline.ts';
import { modes } from '../modes/index.ts';
import { checkEachRule } from './condition-rules.ts';
import { firstRepeated, invalidStage, type StructureRefusal, type StructureRule } from './structure-rule.ts';

/** Where a stage has its conditions; the results each of them can have (behaviour B.3). */
const allowedResults = {
  beforeEntry: ['FAIL', 'SKIP'],
  onSuccess: ['FAIL', 'ROLLBACK'],
  onFailure: ['ROLLBACK', 'RETRY'],
} as const satisfies Record<string, Result[]>;

const kinds = ['beforeEntry', 'onSuccess', 'onFailure'] as const;

/** A condition and the place where it is declared. */
interface PlacedCondition {
  stage: StoredStage;
  kind: keyof typeof allowedResults;
  condition: Condition;
}

/** Rules about stage conditions (behaviour B.3); the first two texts are known (operations 4), the others are ours. */
export const conditionRules: StructureRule[] = [
  ({ declaration: { stages, executionMode } }) => {
    const rolledBack = modes[executionMode].rollsBackByItself ? undefined : placedResults(stages, 'ROLLBACK')[0];
    const kind = rolledBack?.kind === 'onSuccess' ? 'Success' : 'Failure';
    return rolledBack
      ? invalidStage(`${kind} conditions with rollback result type cannot be added to a PARALLEL pipeline.`)
      : undefined;
  },
  ({ declaration: { stages } }) => {
    const stage = stages.find(({ onFailure }) => onFailure?.result !== undefined && onFailure.conditions?.length);
    return stage
      ? invalidStage(
          `The following stage cannot have a failure exit gate configured with both top level result and conditions: '${stage.name}'`,
        )
      : undefined;
  },
  ({ declaration: { stages } }) => {
    const stage = stages.find(({ onFailure }) => onFailure && !onFailure.result && !onFailure.conditions?.length);
    return stage && invalidStage(`Stage '${stage.name}' has an onFailure with neither a result nor conditions`);
  },
  ({ declaration: { stages } }) => {
    const wrong = placedResults(stages).find(
      ({ kind, result }) => !allowedResults[kind].some((allowed) => allowed === result),
    );
    return (
      wrong &&
      invalidStage(
        `The result of ${wrong.kind} in stage '${wrong.stage.name}' must be ${allowedResults[wrong.kind].join(' or ')}`,
      )
    );
  },
  ({ declaration: { stages } }) => firstRefusal(stages, checkRetryConfiguration),
  ({ declaration: { stages } }) => {
    const [rolledBack] = placedResults(stages.slice(0, 1), 'ROLLBACK');
    return (
      rolledBack &&
      invalidStage(
        `The result of ${rolledBack.kind} in stage '${rolledBack.stage.name}' cannot be ROLLBACK: the first stage cannot be rolled back`,
      )
    );
  },
  ({ declaration: { stages }, ruleTypes = [] }) =>
    firstRefusal(placedConditions(stages), (placed) => checkRulesTogether(placed, ruleTypes)),
  (input) => {
    for (const { stage, kind, condition } of placedConditions(input.declaration.stages)) {
      const refusal = checkEachRule(condition.rules ?? [], { stage, hasStageRun: kind !== 'beforeEntry' }, input);
      if (refusal) return refusal;
    }
    return undefined;
  },
];

function placedConditions(stages: StoredStage[]): PlacedCondition[] {
  return stages.flatMap((stage) =>
    kinds.flatMap((kind) => (stage[kind]?.conditions ?? []).map((condition) => ({ stage, kind, condition }))),
  );
}

/** Every result that conditions and failures are declared to have, or only those that are `wanted`. */
function placedResults(
  stages: StoredStage[],
  wanted?: Result,
): (Pick<PlacedCondition, 'stage' | 'kind'> & { result: Result | undefined })[] {
  const ofConditions = placedConditions(stages).map(({ condition, ...place }) => ({
    ...place,
    result: condition.result,
  }));
  const ofFailures = stages.flatMap((stage) =>
    stage.onFailure?.result ? { stage, kind: 'onFailure' as const, result: stage.onFailure.result } : [],
  );
  return [...ofFailures, ...ofConditions].filter(({ result }) => wanted === undefined || result === wanted);
}

function checkRetryConfiguration(stage: StoredStage): StructureRefusal | undefined {
  const { onFailure, name } = stage;
  const isRetried = placedResults([stage], 'RETRY').length > 0;
  return !isRetried && onFailure?.retryConfiguration?.retryMode !== undefined
    ? invalidStage(`Stage '${name}' can have a retryMode only with the result RETRY`)
    : undefined;
}

/** That a condition has rules at all is left to us: the API says only how many at most. */
function checkRulesTogether(
  { stage, kind, condition }: PlacedCondition,
  ruleTypes: readonly BuiltInRuleType[],
): StructureRefusal | undefined {
  const { result, rules = [] } = condition;
  const place = `the ${kind} condition of stage '${stage.name}'`;
  if (rules.length === 0) return invalidStage(`There are no rules in ${place}`);
  const twice = firstRepeated(rules.map(({ name }) => name));
  if (twice !== undefined) return invalidStage(`Rule name '${twice}' is used more than once in ${place}`);
  const skipping = ruleTypes.filter(({ canSkip }) => canSkip).map(({ definition }) => definition.id.provider);
  const keeping =
    result === 'SKIP' ? rules.find(({ ruleTypeId }) => !skipping.includes(ruleTypeId.provider)) : undefined;
  return (
    keeping &&
    invalidStage(
      `Rule '${keeping.name}' in ${place} cannot have the result SKIP: only the rules ${skipping.join(' and ')} can`,
    )
  );
}

function firstRefusal<T>(items: T[], check: (item: T) => StructureRefusal | undefined): StructureRefusal | undefined {
  for (const item of items) {
    const refusal = check(item);
    if (refusal) return refusal;
  }
  return undefined;
}
