import type { Result } from '../../contract/generated.ts';
import { modes } from '../modes/index.ts';
import { checkRule } from './condition-rules.ts';
import { type DeclaredCondition, declaredConditions, declaredResults } from './declared-conditions.ts';
import { firstRefusal, firstRepeated, invalidStage, type StructureRule } from './structure-rule.ts';

/** The results each kind of condition can have (behaviour B.3). */
const allowedResults: Record<DeclaredCondition['kind'], Result[]> = {
  beforeEntry: ['FAIL', 'SKIP'],
  onSuccess: ['FAIL', 'ROLLBACK'],
  onFailure: ['ROLLBACK', 'RETRY'],
};

const rollsBackNoParallel: StructureRule = ({ declaration: { stages, executionMode } }) => {
  if (modes[executionMode].rollsBackByItself) return undefined;
  const [rolledBack] = declaredResults(stages, 'ROLLBACK');
  const kind = rolledBack?.kind === 'onSuccess' ? 'Success' : 'Failure';
  return (
    rolledBack && invalidStage(`${kind} conditions with rollback result type cannot be added to a PARALLEL pipeline.`)
  );
};

const hasOneFailureResult: StructureRule = ({ declaration: { stages } }) => {
  const stage = stages.find(({ onFailure }) => onFailure?.result !== undefined && onFailure.conditions?.length);
  return (
    stage &&
    invalidStage(
      `The following stage cannot have a failure exit gate configured with both top level result and conditions: '${stage.name}'`,
    )
  );
};

const hasFailureResult: StructureRule = ({ declaration: { stages } }) => {
  const stage = stages.find(({ onFailure }) => onFailure && !onFailure.result && !onFailure.conditions?.length);
  return stage && invalidStage(`Stage '${stage.name}' has an onFailure with neither a result nor conditions`);
};

const hasAllowedResults: StructureRule = ({ declaration: { stages } }) =>
  firstRefusal(declaredResults(stages), ({ kind, result, stage }) =>
    allowedResults[kind].some((allowed) => allowed === result)
      ? undefined
      : invalidStage(`The result of ${kind} in stage '${stage.name}' must be ${allowedResults[kind].join(' or ')}`),
  );

const hasRetryModeOnlyForRetry: StructureRule = ({ declaration: { stages } }) =>
  firstRefusal(stages, (stage) =>
    stage.onFailure?.retryConfiguration?.retryMode !== undefined && declaredResults([stage], 'RETRY').length === 0
      ? invalidStage(`Stage '${stage.name}' can have a retryMode only with the result RETRY`)
      : undefined,
  );

const rollsBackNoFirstStage: StructureRule = ({ declaration: { stages } }) => {
  const [rolledBack] = declaredResults(stages.slice(0, 1), 'ROLLBACK');
  return (
    rolledBack &&
    invalidStage(
      `The result of ${rolledBack.kind} in stage '${rolledBack.stage.name}' cannot be ROLLBACK: the first stage cannot be rolled back`,
    )
  );
};

/** The API sets no minimum number of rules; that there must be one is our rule. */
const hasRules: StructureRule = ({ declaration: { stages }, ruleTypes = [] }) =>
  firstRefusal(declaredConditions(stages), ({ stage, kind, condition: { result, rules = [] } }) => {
    const place = `the ${kind} condition of stage '${stage.name}'`;
    if (rules.length === 0) return invalidStage(`There are no rules in ${place}`);
    const repeated = firstRepeated(rules.map(({ name }) => name));
    if (repeated !== undefined) return invalidStage(`Rule name '${repeated}' is used more than once in ${place}`);
    if (result !== 'SKIP') return undefined;
    const skipping = ruleTypes.filter(({ canSkip }) => canSkip).map(({ definition }) => definition.id.provider);
    const other = rules.find(({ ruleTypeId }) => !skipping.includes(ruleTypeId.provider));
    return (
      other &&
      invalidStage(
        `Rule '${other.name}' in ${place} cannot have the result SKIP: only the rules ${skipping.join(' and ')} can`,
      )
    );
  });

const hasValidRules: StructureRule = (input) =>
  firstRefusal(declaredConditions(input.declaration.stages), ({ stage, kind, condition }) =>
    firstRefusal(condition.rules ?? [], (rule) =>
      checkRule(rule, { stage, hasStageRun: kind !== 'beforeEntry' }, input),
    ),
  );

/** Rules about stage conditions (behaviour B.3); the first two texts are known (operations 4), the others are ours. */
export const conditionRules: StructureRule[] = [
  rollsBackNoParallel,
  hasOneFailureResult,
  hasFailureResult,
  hasAllowedResults,
  hasRetryModeOnlyForRetry,
  rollsBackNoFirstStage,
  hasRules,
  hasValidRules,
];
