import { isManualApproval } from '../../model/action-type.ts';
import type { StoredAction } from '../../model/pipeline.ts';
import { type ActionRule, invalidAction } from './structure-rule.ts';

/** Only manual approvals may declare a time-out of their own. */
export const checkTimeout: ActionRule = (action) =>
  action.timeoutInMinutes === undefined || isManualApproval(action.actionTypeId)
    ? undefined
    : invalidAction(`Action '${action.name}' cannot have timeoutInMinutes: only manual approval actions may carry it.`);

/** Commands and related members must be declared where the type reads them, and only there (behaviour B.1, D.2). */
export const checkCommands: ActionRule = (action, { attributes }) => {
  if (attributes?.readsCommands) {
    return action.commands?.length
      ? undefined
      : invalidAction(`Action ${action.name} must have a non-empty commands field`);
  }
  if (action.commands || selectsFiles(action)) {
    return invalidAction(
      `The following action cannot contain a commands field: ${action.name}. To use the commands field, use a compute action.`,
    );
  }
  return (action.outputVariables ?? (!attributes?.readsEnvironment && action.environmentVariables))
    ? invalidAction(
        `Action '${action.name}' cannot have outputVariables or environmentVariables: its action type does not use them.`,
      )
    : undefined;
};

function selectsFiles({ outputArtifacts }: StoredAction): boolean {
  return outputArtifacts.some(({ files }) => files !== undefined);
}

const topicArn = /^arn:aws(?:-\w+)*:sns:([^:]+):[0-9]{12}:[\w-]{1,256}(?:\.fifo)?$/;

/** An approval's topic must be in its Region (behaviour B.2). Whether it exists is not checked. */
export const checkNotificationArn: ActionRule = (action, _type, home) => {
  const { region = home } = action;
  const { NotificationArn: arn } = action.configuration;
  // A value with a variable is only known when the action starts.
  if (action.actionTypeId.category !== 'Approval' || typeof arn !== 'string' || arn.includes('#{')) return undefined;
  if (topicArn.exec(arn)?.[1] === region) return undefined;
  return invalidAction(
    `The NotificationArn '${arn}' of action '${action.name}' is not valid. It must be the ARN of an Amazon SNS topic in region ${region}.`,
  );
};
