import { ServiceError } from '../../../contract/errors.ts';
import { approvalResult, invalidToken } from '../../../engine/events/approval-result.ts';
import { toSeconds } from '../../seconds.ts';
import { operation } from '../operation.ts';
import { findAction, findPipeline } from '../pipelines/find-pipeline.ts';
import { actionOf } from '../resources.ts';

/** Answers a waiting manual approval (behaviour C.14). */
export const putApprovalResult = operation('PutApprovalResult', {
  note: 'complete',
  resources: actionOf,
  async run(input, call, parts) {
    const { pipelineName: name, stageName, actionName, token, result } = input;
    const pipeline = await findPipeline(name, call, parts);
    const waiting = await parts.store.executions.findAction(pipeline.id, token);
    // A PARALLEL execution may ask for an approval that the pipeline has no more.
    if (waiting?.stageName !== stageName || waiting.actionName !== actionName) await findAction(input, call, parts);
    const answer = { token, stageName, actionName, ...result, updatedBy: call.callerArn };
    if (!waiting) {
      const { refuse, message } = invalidToken(answer);
      throw new ServiceError(refuse, message);
    }
    const approvedAt = await parts.store.advance(
      { kind: 'execution', scope: call, name, executionId: waiting.executionId },
      (snapshot, moment) => approvalResult(snapshot, answer, moment),
    );
    return { approvedAt: toSeconds(approvedAt) };
  },
});
