import { answerWaitingApproval } from '../api/codepipeline/executions/put-approval-result.ts';
import type { Dependencies } from '../api/dependencies.ts';
import { ServiceError } from '../contract/errors.ts';
import type { ApprovalStatus } from '../contract/generated.ts';
import { resourceArn } from '../model/resource.ts';
import type { LinkedApproval } from './show-approval.ts';

/** The most characters of a comment, as in PutApprovalResult. */
export const maxCommentCharacters = 512;

/** What became of an answer. */
export type AnswerOutcome = 'answered' | 'too late' | 'comment missing';

/**
 * Answers an approval in the name of the event target that its link was sent to. `too late` if it has been answered or has
 * ended meanwhile.
 */
export async function answerLinkedApproval(
  { link, approval: { stageName, actionName, executionId, isSummaryRequired } }: LinkedApproval,
  { status, comment, requestId }: { status: ApprovalStatus; comment: string; requestId: string },
  { store }: Dependencies,
): Promise<AnswerOutcome> {
  if (isSummaryRequired && comment.trim() === '') return 'comment missing';
  const { token, pipelineName, target } = link;
  const callerArn = resourceArn(link, { kind: 'EventTarget', name: target });
  const answer = { token, stageName, actionName, status, summary: comment, updatedBy: callerArn };
  const origin = { callerArn, accessKeyId: 'approval link', requestId };
  try {
    await answerWaitingApproval(store, link, { name: pipelineName, executionId }, answer, origin);
    return 'answered';
  } catch (error) {
    if (error instanceof ServiceError && tooLate.has(error.code)) return 'too late';
    throw error;
  }
}

const tooLate = new Set(['ApprovalAlreadyCompletedException', 'InvalidApprovalTokenException']);
