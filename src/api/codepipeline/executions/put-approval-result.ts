import { ServiceError } from '../../../contract/errors.ts';
import { type ApprovalAnswer, approvalResult, invalidToken } from '../../../engine/events/approval-result.ts';
import type { Origin } from '../../../model/job-event.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Store } from '../../../store/store.ts';
import { toSeconds } from '../../seconds.ts';
import { operation } from '../operation.ts';
import { findAction, findPipeline } from '../pipelines/find-pipeline.ts';
import { actionOf } from '../resources.ts';

/** Approves or rejects a waiting manual approval (behaviour C.14). */
export const putApprovalResult = operation('PutApprovalResult', {
  note: 'complete',
  resources: actionOf,
  async run(input, call, dependencies) {
    const { pipelineName: name, stageName, actionName, token, result } = input;
    const pipeline = await findPipeline(name, call, dependencies);
    const waiting = await dependencies.store.executions.findAction(pipeline.id, token);
    // The current version may lack an approval that a PARALLEL execution still waits for.
    if (waiting?.stageName !== stageName || waiting.actionName !== actionName)
      await findAction(input, call, dependencies);
    const approval = { token, stageName, actionName, ...result, updatedBy: call.callerArn };
    if (!waiting) {
      const { refuse, message } = invalidToken(approval);
      throw new ServiceError(refuse, message);
    }
    const { executionId } = waiting;
    const approvedAt = await answerWaitingApproval(
      dependencies.store,
      call,
      { name, executionId },
      approval,
      call.origin,
    );
    return { approvedAt: toSeconds(approvedAt) };
  },
});

/** Answers an approval of an execution of the named pipeline. Returns the time in ms; rejects with ServiceError. */
export function answerWaitingApproval(
  store: Store,
  scope: Scope,
  { name, executionId }: { name: string; executionId: string },
  answer: ApprovalAnswer,
  origin: Origin,
): Promise<number> {
  return store.advance(
    { kind: 'execution', scope, name, executionId, actionId: answer.token, onlyContinues: true },
    (snapshot, moment) => approvalResult(snapshot, answer, moment),
    origin,
  );
}
