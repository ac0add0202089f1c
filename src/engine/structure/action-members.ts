import { isManualApproval } from '../../model/action-type.ts';
import type { StoredAction } from '../../model/pipeline.ts';
import { type ActionRule, invalidAction } from './structure-rule.ts';

const topicArn = /^arn:aws(?:-\w+)*:sns:([^:]+):[0-9]{12}:[\w-]{1,256}(?:\.fifo)?$/;

/** Only manual approvals may be given less or more time than their type has. */
export const checkTimeout: ActionRule = (action) =>
  action.timeoutInMinutes === undefined || isManualApproval(action.actionTypeId)
    ? undefined
    : invalidAction(`Action '${action.name}' cannot have timeoutInMinutes: only manual approval actions may carry it.`);

/** Commands and what goes with them stand where they are read, and there they must stand. */
export const checkCommands: ActionRule = (action, { attributes }) => {
  if (attributes?.readsCommands) {
    return action.commands?.length
      ? undefined
      : invalidAction(`Action ${action.name} must have a non-empty commands field`);
  }
  if (action.commands || choosesFiles(action)) {
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

function choosesFiles({ outputArtifacts }: StoredAction): boolean {
  return outputArtifacts.some(({ files }) => files !== undefined);
}

/** The topic of an approval must read as one of this Region; whether it exists shows at run time (behaviour B.2). */
export const checkNotificationArn: ActionRule = (action, _type, home) => {
  const { region = home } = action;
  const { NotificationArn: arn } = action.configuration;
  // A value with a variable in it can only be judged when the action starts.
  if (action.actionTypeId.category !== 'Approval' || typeof arn !== 'string' || arn.includes('#{')) return undefined;
  if (topicArn.exec(arn)?.[1] === region) return undefined;
  return invalidAction(
    `The NotificationArn '${arn}' of action '${action.name}' is not valid. It must be the ARN of an Amazon SNS topic in region ${region}.`,
  );
};
