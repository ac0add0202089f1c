import type { ActionExecution } from '../../../src/model/execution.ts';
import type { Job } from '../../../src/model/job.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isEndedAction, isInside, isOpenJob, isRunning } from '../../../src/model/status.ts';
import { type Harness, openJobs, waitingApprovals } from '../engine/harness.ts';
import { must } from './must.ts';

/** Checks between two events which executions occupy the stages and wait for them, as in GetPipelineState. */
export function checkStages(harness: Harness): void {
  const holders = new Map<string, string>();
  const slots = new Set<string>();
  const placed = harness.placed();
  for (const { id, stages, waitingStage, executionMode } of placed) {
    for (const { stageName, isLocking } of stages) {
      if (!isLocking) continue;
      must(!holders.has(stageName), 'at most one execution locks a stage', { stageName, by: id });
      holders.set(stageName, id);
      must(harness.lastEntrant(stageName) === id, 'the execution in a stage is the one that entered it last', {
        stageName,
        by: id,
      });
    }
    if (waitingStage === undefined || executionMode !== 'SUPERSEDED') continue;
    must(!slots.has(waitingStage), 'at most one execution waits for a stage', { waitingStage, by: id });
    slots.add(waitingStage);
  }
  for (const { id, waitingStage, executionMode, hasExpired } of placed) {
    if (waitingStage === undefined || hasExpired) continue;
    const isHeld = executionMode !== 'PARALLEL' && holders.has(waitingStage);
    must(isHeld || harness.isClosed(waitingStage), 'no execution waits for a free stage with an enabled transition', {
      waitingStage,
      by: id,
    });
  }
}

/** Checks the position and activity of one execution between two events. */
export function checkExecution(execution: ExecutionSnapshot): void {
  const { stages, waitingStage, status, executionMode } = execution;
  const inside = stages.filter((stage) => isInside(stage.status));
  const places = inside.length + (waitingStage === undefined ? 0 : 1);
  must(places === (isRunning(status) ? 1 : 0), 'a running execution has one position, an ended one none', execution);
  for (const stage of stages) {
    const isHeld = isInside(stage.status) && executionMode !== 'PARALLEL';
    must(
      isHeld === stage.isLocking,
      'a stage is locked while an execution is in it, except for PARALLEL executions',
      stage,
    );
    must(!isInside(stage.status) || stage.status === status, 'a stage stops with its execution', execution);
  }
  const names = new Set(stages.map(({ stageName }) => stageName));
  must(names.size === stages.length, 'an execution enters a stage once', stages);
  const open = openJobs(execution);
  const asking = waitingApprovals(execution);
  checkActions(execution.actions, open, asking);
  checkJobs(execution.jobs);
  if (!execution.rollback) checkRevisions(execution);
  const isWorking = open.length + asking.length > 0;
  must(isWorking === inside.length > 0, 'an execution is in a stage exactly while it has running work', execution);
}

function checkActions(actions: ActionExecution[], open: Job[], asking: ActionExecution[]): void {
  for (const action of actions) {
    const isAsking = asking.includes(action);
    const jobs = open.filter(({ actionExecutionId }) => actionExecutionId === action.id);
    const wanted = isEndedAction(action.status) || isAsking ? 0 : 1;
    must(jobs.length === wanted, 'running work has exactly one job', action);
    must(isAsking === (action.deadlineAt !== undefined), 'only approvals have a deadline of their own', action);
  }
}

function checkJobs(jobs: Job[]): void {
  for (const { id, status, offerAt, deadlineAt } of jobs) {
    const isOpen = isOpenJob(status);
    must((deadlineAt !== undefined) === isOpen, 'exactly the open jobs have a deadline', id);
    const isOffered = isOpen && status !== 'InProgress';
    must((offerAt !== undefined) === isOffered, 'a job is offered until it is acknowledged or ends', id);
  }
}

/** The revisions of an execution are exactly those of its latest sources. */
function checkRevisions({ actions, revisions }: ExecutionSnapshot): void {
  const newest = new Map<string, ActionExecution>();
  for (const action of actions) {
    const isSource = action.start.actionTypeId.category === 'Source';
    if (isSource && action.status === 'Succeeded') newest.set(action.actionName, action);
  }
  const reported = [...newest.values()].flatMap(({ start, currentRevision }) =>
    currentRevision ? start.outputArtifacts.map(({ name }) => `${name} ${currentRevision.revision}`) : [],
  );
  const recorded = revisions.map(({ name, revisionId }) => `${name} ${revisionId}`);
  const isSame = reported.length === recorded.length && reported.every((one) => recorded.includes(one));
  must(isSame, 'the revisions of an execution are those of its latest sources', { reported, recorded });
}

/** After a timeout check nothing of the execution is overdue. */
export function checkTimes({ jobs, actions }: ExecutionSnapshot, at: number): void {
  for (const { deadlineAt, id } of [...jobs, ...actions]) {
    must(deadlineAt === undefined || deadlineAt > at, 'nothing exceeds its timeout', { id, deadlineAt, at });
  }
}
