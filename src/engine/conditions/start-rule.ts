import type { ErrorDetails, RuleDeclaration } from '../../contract/generated.ts';
import { actionTypeKey, type CataloguedRuleType, type JobTypeId, ruleTypeId } from '../../model/action-type.ts';
import type { Change } from '../../model/change.ts';
import type { ConditionExecution } from '../../model/condition.ts';
import type { Moment } from '../../model/decision.ts';
import type { ActionExecution } from '../../model/execution.ts';
import { queueOf } from '../../model/queue-key.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { resolveInputs } from '../tick/action-inputs.ts';

/** Starts the check of one rule as a job, like an action. If it cannot start, it fails with a ConfigurationError. */
export function startRule(
  snapshot: Snapshot,
  execution: ExecutionSnapshot,
  condition: ConditionExecution,
  declared: RuleDeclaration,
  moment: Moment,
): Change[] {
  const { commands, configuration = {}, inputArtifacts: wanted = [], timeoutInMinutes } = declared;
  const { error: inputError, ...inputs } = resolveInputs(execution, {
    commands,
    configuration,
    inputArtifacts: wanted,
  });
  const typeId = ruleTypeId(declared.ruleTypeId);
  const type = snapshot.ruleTypes.find(
    ({ definition }) => actionTypeKey(ruleTypeId(definition.id)) === actionTypeKey(typeId),
  );
  const rule: ActionExecution = {
    id: moment.newId(),
    stageName: condition.stageName,
    actionName: declared.name,
    status: 'InProgress',
    conditionId: condition.id,
    start: {
      actionTypeId: typeId,
      runOrder: 1,
      region: declared.region,
      roleArn: declared.roleArn ?? snapshot.declaration.roleArn,
      configuration,
      outputArtifacts: [],
      ...inputs,
    },
    progress: {},
    startedAt: moment.at,
    updatedAt: moment.at,
  };
  const started: Change = { kind: 'actionStarted', executionId: execution.id, action: rule };
  const error = typeError(type, typeId) ?? inputError;
  if (error || !type) return [started, { kind: 'actionFailed', action: { ...rule, status: 'Failed', error } }];
  const timeoutMs = timeoutInMinutes === undefined ? type.timeoutMs : timeoutInMinutes * 60_000;
  return [
    started,
    {
      kind: 'jobQueued',
      executionId: execution.id,
      job: {
        id: moment.newId(),
        actionExecutionId: rule.id,
        status: 'Queued',
        queue: queueOf(snapshot.pipeline, typeId),
        queryValue: '',
        deliveries: 0,
        offerAt: moment.at,
        deadlineAt: moment.at + timeoutMs,
        createdAt: moment.at,
      },
    },
  ];
}

function typeError(type: CataloguedRuleType | undefined, id: JobTypeId): ErrorDetails | undefined {
  const code = 'ConfigurationError';
  const phrase = `RuleType (Provider: '${id.provider}', Version: '${id.version}')`;
  if (!type) return { code, message: `${phrase} is not available` };
  return type.lacksProvider ? { code, message: `This server cannot check rules of ${phrase}` } : undefined;
}
