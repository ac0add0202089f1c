import type { Change } from '../../../src/model/change.ts';
import type { ExecutionLimits } from '../../../src/model/quotas.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isEndedAction, isRunning } from '../../../src/model/status.ts';
import { must } from './must.ts';

/** Records the order of arrival at each stage: in QUEUED mode executions enter in that order (behaviour C.2.3). */
export function createQueueWatch() {
  const arrived: string[] = [];
  return {
    /** Records a change with the execution after it, and all executions. */
    record(change: Change, after: ExecutionSnapshot, executions: readonly ExecutionSnapshot[]): void {
      if (change.kind === 'executionWaiting') {
        if (arrived.includes(after.id)) arrived.splice(arrived.indexOf(after.id), 1);
        arrived.push(after.id);
      }
      if (change.kind === 'executionSuperseded')
        must(after.executionMode === 'SUPERSEDED', 'executions are superseded only in SUPERSEDED mode', after);
      if (change.kind !== 'stageEntered' || after.executionMode !== 'QUEUED' || after.rollback) return;
      const waiting = executions.filter(
        (one) => one.waitingStage === change.stageName && one.executionMode === 'QUEUED' && !one.hasExpired,
      );
      const earlier = waiting.find(({ id }) => arrived.indexOf(id) < arrived.indexOf(after.id));
      must(earlier === undefined, 'executions of a QUEUED pipeline enter a stage in order of arrival', earlier);
    },
  };
}

/** Starts and resumptions respect the limit of running executions (behaviour B.6). */
export function checkRunning(
  change: Change,
  before: ExecutionSnapshot | undefined,
  after: ExecutionSnapshot,
  executions: readonly ExecutionSnapshot[],
  limits: ExecutionLimits,
): void {
  const resumes = change.kind === 'stageRetried' || change.kind === 'conditionOverridden';
  const isResumed = resumes && before !== undefined && !isRunning(before.status);
  if (after.executionMode === 'SUPERSEDED' || !(change.kind === 'executionStarted' || isResumed)) return;
  const running = executions.filter(({ status }) => isRunning(status)).length;
  must(running <= limits.runningExecutions, 'no execution starts or resumes above the limit', { running });
}

/** The limit of concurrent actions of one PARALLEL execution (behaviour B.6), not counting rules. */
export function checkActionCount({ executionMode, actions }: ExecutionSnapshot, limits: ExecutionLimits): void {
  const running = actions.filter(
    ({ status, conditionId }) => conditionId === undefined && !isEndedAction(status),
  ).length;
  must(executionMode !== 'PARALLEL' || running <= limits.parallelActions, 'no more actions run than may', { running });
}
