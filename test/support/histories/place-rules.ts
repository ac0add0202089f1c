import type { ActionExecution } from '../../../src/model/execution.ts';
import type { Job } from '../../../src/model/job.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isEndedAction, isInside, isOpenJob, isRunning } from '../../../src/model/status.ts';
import { openJobs, type World, waitingApprovals } from '../engine/harness.ts';
import { must } from './must.ts';

/** Who holds the stages and who waits before them, between two events, as GetPipelineState shows it. */
export function checkStages(world: World): void {
  const holders = new Map<string, string>();
  const slots = new Set<string>();
  const placed = world.placed();
  for (const { id, stages, waitingStage, executionMode } of placed) {
    for (const { stageName, isLocking } of stages) {
      if (!isLocking) continue;
      must(!holders.has(stageName), 'at most one execution holds a stage', { stageName, by: id });
      holders.set(stageName, id);
      must(world.lastEntrant(stageName) === id, 'who holds a stage is who entered it last', { stageName, by: id });
    }
    if (waitingStage === undefined || executionMode !== 'SUPERSEDED') continue;
    must(!slots.has(waitingStage), 'at most one execution waits before a stage', { waitingStage, by: id });
    slots.add(waitingStage);
  }
  for (const { id, waitingStage, executionMode, hasExpired } of placed) {
    if (waitingStage === undefined || hasExpired) continue;
    const isHeld = executionMode !== 'PARALLEL' && holders.has(waitingStage);
    must(isHeld || world.isClosed(waitingStage), 'nobody waits before a free and open stage', { waitingStage, by: id });
  }
}

/** Where one execution is and what goes on in it, between two events. */
export function checkExecution(execution: ExecutionSnapshot): void {
  const { stages, waitingStage, status, executionMode } = execution;
  const inside = stages.filter((stage) => isInside(stage.status));
  const places = inside.length + (waitingStage === undefined ? 0 : 1);
  must(places === (isRunning(status) ? 1 : 0), 'a running execution is in one place, an ended one in none', execution);
  for (const stage of stages) {
    const isHeld = isInside(stage.status) && executionMode !== 'PARALLEL';
    must(isHeld === stage.isLocking, 'a stage is held while somebody is inside, but for PARALLEL executions', stage);
    must(!isInside(stage.status) || stage.status === status, 'a stage stops with its execution', execution);
  }
  const names = new Set(stages.map(({ stageName }) => stageName));
  must(names.size === stages.length, 'an execution passes a stage once', stages);
  const open = openJobs(execution);
  const asking = waitingApprovals(execution);
  checkActions(execution.actions, open, asking);
  checkJobs(execution.jobs);
  if (!execution.rollback) checkRevisions(execution);
  const isWorking = open.length + asking.length > 0;
  must(isWorking === inside.length > 0, 'an execution is inside a stage exactly while work goes on in it', execution);
}

function checkActions(actions: ActionExecution[], open: Job[], asking: ActionExecution[]): void {
  for (const action of actions) {
    const isAsking = asking.includes(action);
    const jobs = open.filter(({ actionExecutionId }) => actionExecutionId === action.id);
    const wanted = isEndedAction(action.status) || isAsking ? 0 : 1;
    must(jobs.length === wanted, 'work goes on under exactly one job', action);
    must(isAsking === (action.deadlineAt !== undefined), 'only what waits without a job has a deadline', action);
  }
}

function checkJobs(jobs: Job[]): void {
  for (const { id, status, offerAt, deadlineAt } of jobs) {
    const isOpen = isOpenJob(status);
    must((deadlineAt !== undefined) === isOpen, 'every open job has a deadline, and no other', id);
    const isOffered = isOpen && status !== 'InProgress';
    must((offerAt !== undefined) === isOffered, 'a job is on offer until it is acknowledged or ends', id);
  }
}

/** The revisions of an execution are those its newest sources told, no more and no fewer. */
function checkRevisions({ actions, revisions }: ExecutionSnapshot): void {
  const newest = new Map<string, ActionExecution>();
  for (const action of actions) {
    const isSource = action.start.actionTypeId.category === 'Source';
    if (isSource && action.status === 'Succeeded') newest.set(action.actionName, action);
  }
  const told = [...newest.values()].flatMap(({ start, currentRevision }) =>
    currentRevision ? start.outputArtifacts.map(({ name }) => `${name} ${currentRevision.revision}`) : [],
  );
  const recorded = revisions.map(({ name, revisionId }) => `${name} ${revisionId}`);
  const isSame = told.length === recorded.length && told.every((one) => recorded.includes(one));
  must(isSame, 'the revisions of an execution are those its newest sources told', { told, recorded });
}

/** After time was looked at, nothing of the execution is overdue. */
export function checkTimes({ jobs, actions }: ExecutionSnapshot, at: number): void {
  for (const { deadlineAt, id } of [...jobs, ...actions]) {
    must(deadlineAt === undefined || deadlineAt > at, 'nothing outlives its time', { id, deadlineAt, at });
  }
}
