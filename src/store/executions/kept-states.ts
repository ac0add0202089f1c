import { LRUCache } from 'lru-cache';
import type { Change } from '../../model/change.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { ExecutionSnapshot, Snapshot, StageOccupancy } from '../../model/snapshot.ts';
import { isOpenJob, isRunning } from '../../model/status.ts';
import { charactersIn, sizeOf } from '../object-sizes.ts';
import type { ReadDeclaration } from '../pipelines/declarations.ts';
import type { PipelineLock } from '../pipelines/pipeline-locks.ts';
import { attemptsAhead } from './load-attempts.ts';

/** Characters of text kept: thousands of usual executions. */
const mostCharacters = 16 * 1024 * 1024;

/** What is known of a pipeline without reading it again. It is never changed, but replaced. */
export interface KeptState extends Pick<Snapshot, 'runningExecutions'> {
  /** Every stage that is occupied or has a transition, and some that are open and empty like all others. */
  stages: ReadonlyMap<string, StageOccupancy>;
  /** Some executions that have not ended, with what an event needs that only continues them. */
  executions: ReadonlyMap<string, ExecutionSnapshot>;
}

/**
 * What this node's own decisions left, so that the next one need not read it. The statement that locks a pipeline gives its
 * row a new `revision`; a state is valid as long as the row has one of the revisions it was kept under.
 * Revisions are random and never used twice, so a state whose transaction was rolled back, or was lost with the database
 * server that had it, is never found. Whatever changes rows of a snapshot in another way has to revise the pipeline too.
 */
export interface KeptStates {
  find(pipelineId: string, revision: number): KeptState | undefined;
  keep(pipelineId: string, revisions: number[], state: KeptState): void;
  forget(pipelineId: string): void;
}

export function createKeptStates(): KeptStates {
  const states = new LRUCache<string, { revisions: number[]; state: KeptState }>({ maxSize: mostCharacters });
  return {
    find(pipelineId, revision) {
      const kept = states.get(pipelineId);
      return kept?.revisions.includes(revision) ? kept.state : undefined;
    },
    keep(pipelineId, revisions, state) {
      states.set(pipelineId, { revisions, state }, { size: sizeOfState(state) });
    },
    forget: (pipelineId) => void states.delete(pipelineId),
  };
}

/** Returns what is known of a pipeline that is locked: what a decision of this transaction has left, or an earlier one. */
export function knownState(
  { id }: Pipeline,
  { hasChanged, previous, state }: PipelineLock,
  kept: KeptStates | undefined,
): KeptState | undefined {
  return state ?? (hasChanged ? undefined : kept?.find(id, previous));
}

/** Keeps what is known of a pipeline at the end of a decision. If nothing has changed, it is valid after a rollback too. */
export function keepState(
  { id }: Pipeline,
  lock: PipelineLock,
  state: KeptState | undefined,
  kept: KeptStates | undefined,
): void {
  lock.state = state;
  const { hasChanged, previous, revision } = lock;
  // An earlier decision of this transaction may have kept another state under the same revision.
  if (!state) {
    kept?.forget(id);
    return;
  }
  // Only what was valid before is valid after a rollback: a member of a group that has failed may still be reading.
  const isOld = !hasChanged && kept?.find(id, previous) === state;
  kept?.keep(id, isOld ? [revision, previous] : [revision], state);
}

/** A decision that was made of a state, and what it has left. */
interface Step {
  before: Snapshot;
  changes: Change[];
  after: Snapshot | undefined;
  declaration: ReadDeclaration;
}

/**
 * Returns the state that a decision leaves, undefined if it doesn't say what it leaves. PARALLEL executions change their
 * pipeline without its lock, so nothing is kept beside one.
 */
export function stateAfter(state: KeptState, { before, changes, after, declaration }: Step): KeptState | undefined {
  if (!after || after.execution?.executionMode === 'PARALLEL') return undefined;
  const subject = after.execution;
  const executions = new Map(state.executions);
  // Only the subject is in the snapshot: what a decision changes of others is read when it is needed.
  for (const change of changes) if ('executionId' in change) executions.delete(change.executionId);
  if (before.execution) executions.delete(before.execution.id);
  if (subject && isRunning(subject.status) && subject.pipelineVersion === declaration.declaration.version) {
    const jobs = subject.jobs.filter(({ status }) => isOpenJob(status));
    executions.set(subject.id, { ...subject, actions: attemptsAhead(subject, declaration), jobs });
  }
  const stages = new Map(state.stages);
  for (const stage of after.occupancy) stages.set(stage.stageName, stage);
  return { stages, runningExecutions: after.runningExecutions, executions };
}

const sizes = new WeakMap<ExecutionSnapshot, number>();

function sizeOfState({ stages, executions }: KeptState): number {
  let size = 200;
  for (const { waiting, expired, waitingParallel } of stages.values()) {
    size += 200 + 50 * (waiting.length + expired.length + waitingParallel.length);
  }
  for (const execution of executions.values()) {
    const known = sizes.get(execution) ?? sizeOfExecution(execution);
    sizes.set(execution, known);
    size += known;
  }
  return size;
}

function sizeOfExecution({ stages, actions, conditions, jobs, ...row }: ExecutionSnapshot): number {
  let size = 200 * (1 + stages.length + conditions.length) + 1000 * jobs.length + charactersIn(Object.values(row));
  for (const action of actions) size += sizeOf(action);
  return size;
}
