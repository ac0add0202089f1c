import { type ApprovalAnswer, approvalResult } from '../../../src/engine/events/approval-result.ts';
import { jobResult } from '../../../src/engine/events/job-result.ts';
import { overrideCondition } from '../../../src/engine/events/override-condition.ts';
import { type RetryRequest, retryStage } from '../../../src/engine/events/retry-stage.ts';
import { rollbackStage } from '../../../src/engine/events/rollback-stage.ts';
import { type StartRequest, startExecution } from '../../../src/engine/events/start-execution.ts';
import { type StopRequest, stopExecution } from '../../../src/engine/events/stop-execution.ts';
import { approvalTimeout, jobTimeout } from '../../../src/engine/events/timeouts.ts';
import { disableTransition, enableTransition } from '../../../src/engine/events/transition.ts';
import type { Change } from '../../../src/model/change.ts';
import type { ConditionExecution, ConditionKind } from '../../../src/model/condition.ts';
import type { Decision } from '../../../src/model/decision.ts';
import type { ActionExecution } from '../../../src/model/execution.ts';
import type { Job, JobResult } from '../../../src/model/job.ts';
import type { StoredDeclaration } from '../../../src/model/pipeline.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isOpenJob } from '../../../src/model/status.ts';
import { newest } from './harness-rows.ts';
import { createMemoryPipeline, type MemoryParts, type MemoryPipeline } from './memory-pipeline.ts';

type Details = Omit<Extract<JobResult, { outcome: 'Succeeded' }>, 'outcome'>;

/** A pipeline in memory, with a method for each event. */
export interface Harness extends MemoryPipeline {
  readonly continuationDelayMs: number;
  /** Disables or enables the transition into a stage. */
  close(stageName: string, reason?: string): Decision;
  open(stageName: string): Decision;
  /** Starts an execution and returns its id. */
  start(request?: Partial<StartRequest>): string;
  /** Reports on the open job of an action, or on the job with that id. */
  report(executionId: string, job: string, result: JobResult, fence?: string): Decision;
  succeed(executionId: string, job: string, details?: Details): Decision;
  fail(executionId: string, job: string): Decision;
  /** Ends the overdue jobs of an execution, then its overdue approvals. */
  timeOut(executionId: string): Decision;
  /** Responds to the latest attempt of an approval, by default with `Approved` and no summary. */
  answer(executionId: string, actionName: string, answer?: Partial<ApprovalAnswer>): Decision<number>;
  retry(executionId: string, stageName: string, mode?: RetryRequest['mode']): Decision<string>;
  rollBack(stageName: string, targetExecutionId: string): Decision<string>;
  stop(executionId: string, request?: Partial<StopRequest>): Decision;
  override(executionId: string, stageName: string, kind: 'beforeEntry' | 'onSuccess'): Decision;
  /** Returns the latest check of a condition. */
  check(executionId: string, stageName: string, kind: ConditionKind): ConditionExecution;
  /** Returns the latest attempt of an action, or the latest check of a rule. */
  action(executionId: string, actionName: string): ActionExecution;
  /** Returns the latest job of an action. */
  job(executionId: string, actionName: string): Job;
  /** Claims a job. */
  deliver(executionId: string, jobId: string): void;
  acknowledge(executionId: string, jobId: string): void;
}

/** Returns the code and message of a refusal; throws if the decision was not refused. */
export function refusalOf(decision: Decision<unknown>): { refuse: string; message: string } {
  if (!('refuse' in decision)) throw new Error(`not refused, but: ${kindsOf(decision).join(', ')}`);
  return decision;
}

/** Returns the changes of a decision; throws if it was refused. */
export function changesOf(decision: Decision<unknown>): Change[] {
  if ('refuse' in decision) throw new Error(`refused: ${decision.message}`);
  return decision.changes;
}

/** Returns the kinds of a decision's changes, in order. */
export function kindsOf(decision: Decision<unknown>): Change['kind'][] {
  return changesOf(decision).map(({ kind }) => kind);
}

/** Creates a harness with one pipeline and no executions. */
export function createHarness(declaration: StoredDeclaration, parts: MemoryParts = {}): Harness {
  const memory = createMemoryPipeline(declaration, parts);
  const { execution, advance, updateJob } = memory;
  const continuationDelayMs = 1000;
  const action: Harness['action'] = (id, name) =>
    newest(execution(id).actions, ({ actionName }) => actionName === name);
  const job: Harness['job'] = (id, name) => {
    const { id: actionId } = action(id, name);
    return newest(execution(id).jobs, ({ actionExecutionId }) => actionExecutionId === actionId);
  };
  const report: Harness['report'] = (executionId, name, result, fence) => {
    const isId = execution(executionId).jobs.some(({ id }) => id === name);
    const jobId = isId ? name : job(executionId, name).id;
    return advance({ executionId, jobId }, (seen, moment) =>
      jobResult(seen, { jobId, result, fence, continuationDelayMs }, moment),
    );
  };
  return {
    ...memory,
    continuationDelayMs,
    close: (stageName, reason = 'closed') =>
      advance({}, (seen, moment) =>
        disableTransition(seen, { stageName, transitionType: 'Inbound', reason, changedBy: 'arn' }, moment),
      ),
    open: (stageName) =>
      advance({}, (seen, moment) =>
        enableTransition(seen, { stageName, transitionType: 'Inbound', changedBy: 'arn' }, moment),
      ),
    start(request = {}) {
      const { clientRequestToken } = request;
      const decision = advance({ clientRequestToken }, (seen, moment) =>
        startExecution(seen, { triggerType: 'StartPipelineExecution', ...request }, moment),
      );
      if ('refuse' in decision) throw new Error(decision.message);
      return decision.answer;
    },
    report,
    succeed: (id, name, details) => report(id, name, { outcome: 'Succeeded', ...details }),
    fail: (id, name) => report(id, name, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } }),
    retry: (executionId, stageName, mode = 'FAILED_ACTIONS') =>
      advance({ executionId, stageName }, (seen, moment) => retryStage(seen, { executionId, stageName, mode }, moment)),
    rollBack: (stageName, targetExecutionId) =>
      advance({ executionId: targetExecutionId }, (seen, moment) =>
        rollbackStage(seen, { stageName, targetExecutionId, callerArn: 'arn' }, moment),
      ),
    stop: (executionId, request) =>
      advance({ executionId }, (seen, moment) =>
        stopExecution(seen, { executionId, abandon: false, ...request }, moment),
      ),
    override: (executionId, stageName, kind) =>
      advance({ executionId, stageName }, (seen, moment) =>
        overrideCondition(seen, { executionId, stageName, kind, callerArn: 'arn' }, moment),
      ),
    check: (id, stageName, kind) =>
      newest(execution(id).conditions, (one) => one.stageName === stageName && one.kind === kind),
    timeOut(executionId) {
      const decision = advance({ executionId }, jobTimeout);
      const approvals = advance({ executionId }, approvalTimeout);
      return kindsOf(decision).length > 0 ? decision : approvals;
    },
    answer(executionId, actionName, answer) {
      const { id: token, stageName } = action(executionId, actionName);
      const whole = {
        token,
        stageName,
        actionName,
        status: 'Approved',
        summary: '',
        updatedBy: 'arn',
        ...answer,
      } as const;
      return advance({ executionId }, (seen, moment) => approvalResult(seen, whole, moment));
    },
    action,
    job,
    deliver: (id, jobId) =>
      updateJob(id, jobId, (open) => ({ ...open, status: 'Dispatched', deliveries: open.deliveries + 1 })),
    acknowledge: (id, jobId) => updateJob(id, jobId, (open) => ({ ...open, status: 'InProgress', offerAt: undefined })),
  };
}

/** Returns the pending approvals of an execution. */
export { waitingApprovals } from '../../../src/engine/tick/end-actions.ts';

/** Returns the open jobs of an execution. */
export function openJobs(execution: ExecutionSnapshot): Job[] {
  return execution.jobs.filter(({ status }) => isOpenJob(status));
}
