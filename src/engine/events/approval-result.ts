import type { ApprovalStatus } from '../../contract/generated.ts';
import { isManualApproval } from '../../model/action-type.ts';
import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { finish } from '../tick/tick.ts';

/** The answer to a manual approval. The approval token is the id of the action execution. */
export interface ApprovalAnswer {
  token: string;
  stageName: string;
  actionName: string;
  status: ApprovalStatus;
  summary: string;
  /** ARN of the caller. */
  updatedBy: string;
}

/** Applies the answer to a waiting approval, also in a stopping execution (behaviour C.14). Returns the time in ms. */
export function approvalResult(snapshot: Snapshot, answer: ApprovalAnswer, moment: Moment): Decision<number> {
  const action = snapshot.execution?.actions.find(({ id }) => id === answer.token);
  const isMeant = action?.stageName === answer.stageName && action.actionName === answer.actionName;
  if (!action || !isMeant || !isManualApproval(action.start.actionTypeId)) return invalidToken(answer);
  if (isCompleted(action)) {
    return {
      refuse: 'ApprovalAlreadyCompletedException',
      message: `The approval action '${answer.actionName}' in stage '${answer.stageName}' has already been completed.`,
    };
  }
  if (action.status !== 'InProgress') return invalidToken(answer);
  if (requiresSummary(action) && answer.summary.trim() === '') {
    return {
      refuse: 'InvalidApprovalTokenException',
      message: `Action '${answer.actionName}' in stage '${answer.stageName}' requires a summary. Provide a summary in the approval result and try again.`,
    };
  }
  const answered = {
    ...action,
    progress: { ...action.progress, summary: answer.summary || `${answer.status} by ${answer.updatedBy}` },
    updatedBy: answer.updatedBy,
    deadlineAt: undefined,
    updatedAt: moment.at,
  };
  const ended: Change =
    answer.status === 'Approved'
      ? { kind: 'actionSucceeded', action: { ...answered, status: 'Succeeded' } }
      : { kind: 'actionFailed', action: { ...answered, status: 'Failed' } };
  return finish(snapshot, moment, [ended], moment.at);
}

/** Refuses a token that belongs to no waiting approval with these names; the text is ours. */
export function invalidToken({ token, stageName, actionName }: Omit<ApprovalAnswer, 'status' | 'summary'>) {
  return {
    refuse: 'InvalidApprovalTokenException',
    message: `The token '${token}' is not that of a waiting approval action '${actionName}' in stage '${stageName}'.`,
  } as const;
}

/** Reports whether the approval was answered, or failed to start, which also counts as completed (operations 2). */
function isCompleted({ updatedBy, error }: ActionExecution): boolean {
  return updatedBy !== undefined || error?.code === 'ConfigurationError';
}

function requiresSummary({ start }: ActionExecution): boolean {
  const { IsSummaryRequired: required } = start.resolvedConfiguration;
  return typeof required === 'string' && required.toLowerCase() === 'true';
}
