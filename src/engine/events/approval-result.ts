import type { ApprovalStatus } from '../../contract/generated.ts';
import { isManualApproval } from '../../model/action-type.ts';
import type { Decision } from '../../model/decision.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { draftOf, record } from '../tick/draft.ts';
import { conclude, tick } from '../tick/tick.ts';

/** Somebody's answer to a manual approval. The approval token is the id of the waiting action execution. */
export interface ApprovalAnswer {
  token: string;
  stageName: string;
  actionName: string;
  status: ApprovalStatus;
  summary: string;
  /** ARN of who answers. */
  updatedBy: string;
}

/** Takes an answer to a waiting approval, also while its execution is stopping (behaviour C.14). Answers the instant. */
export function approvalResult(snapshot: Snapshot, answer: ApprovalAnswer, moment: Moment): Decision<number> {
  const action = snapshot.execution?.actions.find(({ id }) => id === answer.token);
  const isMeant = action?.stageName === answer.stageName && action.actionName === answer.actionName;
  if (!action || !isMeant || !isManualApproval(action.start.actionTypeId)) return invalidToken(answer);
  if (isAnswered(action)) {
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
  const draft = record(
    draftOf(snapshot, moment),
    answer.status === 'Approved'
      ? { kind: 'actionSucceeded', action: { ...answered, status: 'Succeeded' } }
      : { kind: 'actionFailed', action: { ...answered, status: 'Failed' } },
  );
  return conclude(tick(draft, moment), moment.at);
}

/** InvalidApprovalTokenException for a token that no waiting approval of these names has; the text is ours. */
export function invalidToken({ token, stageName, actionName }: Omit<ApprovalAnswer, 'status' | 'summary'>) {
  return {
    refuse: 'InvalidApprovalTokenException',
    message: `The token '${token}' is not that of a waiting approval action '${actionName}' in stage '${stageName}'.`,
  } as const;
}

/** Somebody's answer ended it, or it never asked: that also counts as completed (operations 2). */
function isAnswered({ updatedBy, error }: ActionExecution): boolean {
  return updatedBy !== undefined || error?.code === 'ConfigurationError';
}

function requiresSummary({ start }: ActionExecution): boolean {
  const { IsSummaryRequired: required } = start.resolvedConfiguration;
  return typeof required === 'string' && required.toLowerCase() === 'true';
}
