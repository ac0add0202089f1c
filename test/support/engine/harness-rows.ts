import type { Change } from '../../../src/model/change.ts';
import type { SourceRevision } from '../../../src/model/execution.ts';
import type { StoredDeclaration, Transition } from '../../../src/model/pipeline.ts';
import type { ExecutionSnapshot, Snapshot, StageOccupancy } from '../../../src/model/snapshot.ts';
import { isInside, isRunning } from '../../../src/model/status.ts';

/** Reports whether an execution was bound to the revision or has recorded it. */
export function isKnown(executions: readonly ExecutionSnapshot[], { actionName, revisionId }: SourceRevision): boolean {
  return executions.some((one) =>
    [...one.sourceBindings, ...one.revisions].some(
      (met) => met.actionName === actionName && met.revisionId === revisionId,
    ),
  );
}

/**
 * Returns the latest execution, other than a rollback, that succeeded in a stage of a version; `executions` are oldest
 * first.
 */
export function lastSuccess(
  executions: readonly ExecutionSnapshot[],
  stageName: string,
  version: number,
): string | undefined {
  const found = executions.findLast(
    (execution) =>
      execution.pipelineVersion === version &&
      !execution.rollback &&
      execution.stages.some((stage) => stage.stageName === stageName && stage.status === 'Succeeded'),
  );
  return found?.id;
}

/** Returns the last matching row; throws if there is none. */
export function newest<T>(rows: T[], matches: (row: T) => boolean): T {
  const found = rows.findLast(matches);
  if (!found) throw new Error('no such row');
  return found;
}

/**
 * The executions of one pipeline with the indexes that a store has, derived from the rows, so that a long
 * history is no slower at its end than at its beginning.
 */
export interface Rows {
  /** Oldest first. */
  all(): readonly ExecutionSnapshot[];
  find(id: string): ExecutionSnapshot | undefined;
  /** Adds the execution or replaces the one with its id. */
  put(execution: ExecutionSnapshot): void;
  /** Executions in a stage or waiting for one, oldest first. */
  placed(): ExecutionSnapshot[];
  /** The number of executions that have not ended. */
  running(): number;
  /** Returns the id of the execution that a change affects. */
  subjectOf(change: Change): string;
  /** Applies the parts of a change outside its execution: transitions, the latest entrants, tokens. */
  note(change: Change): void;
  transition(stageName: string): Transition | undefined;
  /** The execution that entered the stage last, except PARALLEL ones. */
  lastEntrant(stageName: string): string | undefined;
  startedWith(clientRequestToken: string): string | undefined;
  /** The stages of the declaration in order, then occupied stages of other versions. */
  occupancy(declaration: StoredDeclaration): StageOccupancy[];
  /** Computes the same from all rows without indexes, with the number of executions that have not ended. */
  recount(declaration: StoredDeclaration): Counted;
}

export function createRows(): Rows {
  const all: ExecutionSnapshot[] = [];
  const numbers = new Map<string, number>();
  /** Indexes into `all`, ascending. */
  let placed: number[] = [];
  let running = 0;
  /** The execution of each action and job. */
  const owners = new Map<string, string>();
  const tokens = new Map<string, string>();
  const transitions = new Map<string, Transition>();
  const lastEntrants = new Map<string, string>();
  /** The number of each execution's last arrival before a stage. */
  const arrivals = new Map<string, number>();
  let arrived = 0;
  /** By the declaration whose stages come first; cleared after every change that moves an execution. */
  const occupancies = new Map<StoredDeclaration, StageOccupancy[]>();
  const derive = (executions: readonly ExecutionSnapshot[], declaration: StoredDeclaration): StageOccupancy[] => {
    const derived = occupancyOf(executions, declaration, arrivals);
    for (const stage of derived) stage.transition = transitions.get(stage.stageName);
    return derived;
  };
  const placedRows = () => placed.map((number) => all[number]).filter((one) => one !== undefined);
  const own = (items: { id: string }[], known: number, executionId: string): void => {
    for (let index = known; index < items.length; index += 1) owners.set(items[index]?.id ?? '', executionId);
  };
  return {
    all: () => all,
    find: (id) => all[numbers.get(id) ?? -1],
    put(execution) {
      const { id, actions, jobs } = execution;
      const number = numbers.get(id) ?? all.length;
      if (hasMoved(execution, all[number])) occupancies.clear();
      own(actions, all[number]?.actions.length ?? 0, id);
      own(jobs, all[number]?.jobs.length ?? 0, id);
      running += countRunning(execution) - countRunning(all[number]);
      numbers.set(id, number);
      all[number] = execution;
      if (isPlaced(execution) === placed.includes(number)) return;
      placed = isPlaced(execution)
        ? [...placed, number].sort((one, other) => one - other)
        : placed.filter((one) => one !== number);
    },
    placed: placedRows,
    running: () => running,
    subjectOf(change) {
      if ('executionId' in change) return change.executionId;
      const owned = change.kind === 'jobEnded' ? change.jobId : 'action' in change ? change.action.id : '';
      const owner = owners.get(owned);
      if (owner === undefined) throw new Error(`${change.kind} is about no execution`);
      return owner;
    },
    note(change) {
      if (change.kind === 'transitionDisabled' || change.kind === 'transitionEnabled') {
        transitions.set(change.stageName, change.transition);
        occupancies.clear();
      }
      if (change.kind === 'stageEntered' && change.isLocking) lastEntrants.set(change.stageName, change.executionId);
      if (change.kind === 'executionWaiting') {
        arrived += 1;
        arrivals.set(change.executionId, arrived);
      }
      if (change.kind === 'executionStarted') tokens.set(change.clientRequestToken ?? '', change.execution.id);
    },
    transition: (stageName) => transitions.get(stageName),
    lastEntrant: (stageName) => lastEntrants.get(stageName),
    startedWith: (token) => (token === '' ? undefined : tokens.get(token)),
    occupancy(declaration) {
      const known = occupancies.get(declaration);
      if (known) return known;
      const derived = derive(placedRows(), declaration);
      occupancies.set(declaration, derived);
      return derived;
    },
    recount: (declaration) => ({
      occupancy: derive(all, declaration),
      runningExecutions: all.filter(({ status }) => isRunning(status)).length,
    }),
  };
}

function hasMoved(after: ExecutionSnapshot, before: ExecutionSnapshot | undefined): boolean {
  return (
    after.stages !== before?.stages ||
    after.waitingStage !== before.waitingStage ||
    after.hasExpired !== before.hasExpired
  );
}

function isPlaced({ stages, waitingStage }: ExecutionSnapshot): boolean {
  return waitingStage !== undefined || stages.some(({ status }) => isInside(status));
}

function countRunning(execution: ExecutionSnapshot | undefined): number {
  return execution && isRunning(execution.status) ? 1 : 0;
}

/**
 * Returns the stages of the declaration in order, then occupied stages of other versions. Executions that are in
 * no stage make no difference.
 */
function occupancyOf(
  executions: readonly ExecutionSnapshot[],
  { stages }: StoredDeclaration,
  arrivals: ReadonlyMap<string, number>,
): StageOccupancy[] {
  const occupancy = stages.map(({ name }) => emptyStage(name));
  const at = (stageName: string): StageOccupancy => {
    const known = occupancy.find((stage) => stage.stageName === stageName);
    const found = known ?? emptyStage(stageName);
    if (!known) occupancy.push(found);
    return found;
  };
  for (const { id, stages: passed } of executions) {
    for (const { stageName, isLocking } of passed) if (isLocking) at(stageName).holder ??= id;
  }
  const waiters = executions
    .filter((one) => one.waitingStage !== undefined)
    .sort((one, other) => (arrivals.get(one.id) ?? 0) - (arrivals.get(other.id) ?? 0));
  for (const { id, waitingStage = '', hasExpired, executionMode } of waiters) {
    const isParallel = executionMode === 'PARALLEL';
    if (!hasExpired) at(waitingStage)[isParallel ? 'waitingParallel' : 'waiting'].push(id);
    else if (!isParallel) at(waitingStage).expired.push(id);
  }
  return occupancy;
}

function emptyStage(stageName: string): StageOccupancy {
  return { stageName, holder: undefined, waiting: [], expired: [], waitingParallel: [] };
}

/** The parts of a snapshot that concern all executions. */
export type Counted = Pick<Snapshot, 'occupancy' | 'runningExecutions'>;

/** Asserts that the occupancy maintained by `apply` equals the one read from the rows, as the store does. */
export function assertSameOccupancy(applied: Counted, derived: Counted): void {
  const isCounted = applied.runningExecutions === derived.runningExecutions;
  if (isCounted && applied.occupancy === derived.occupancy) return;
  const occupied = applied.occupancy.filter(isOccupied);
  const others = derived.occupancy.filter(isOccupied);
  const isSame = occupied.length === others.length && occupied.every((stage, index) => isLike(stage, others[index]));
  if (!isCounted || !isSame) {
    throw new Error(`apply and rows disagree: ${JSON.stringify(applied)} ${JSON.stringify(derived)}`);
  }
}

function isOccupied({ holder, waiting, expired, waitingParallel }: StageOccupancy): boolean {
  return holder !== undefined || waiting.length + expired.length + waitingParallel.length > 0;
}

function isLike(one: StageOccupancy, other: StageOccupancy | undefined): boolean {
  return (
    one.stageName === other?.stageName &&
    one.holder === other.holder &&
    one.transition === other.transition &&
    isSameQueue(one.waiting, other.waiting) &&
    isSameQueue(one.expired, other.expired) &&
    isSameQueue(one.waitingParallel, other.waitingParallel)
  );
}

function isSameQueue(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
