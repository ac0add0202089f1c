import { ServiceError } from '../../../contract/errors.ts';
import { approvalResult, invalidToken } from '../../../engine/events/approval-result.ts';
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
    const approvedAt = await dependencies.store.advance(
      { kind: 'execution', scope: call, name, executionId: waiting.executionId, actionId: token, onlyContinues: true },
      (snapshot, moment) => approvalResult(snapshot, approval, moment),
    );
    return { approvedAt: toSeconds(approvedAt) };
  },
});
