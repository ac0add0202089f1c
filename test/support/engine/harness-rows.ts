import type { Change } from '../../../src/model/change.ts';
import type { SourceRevision } from '../../../src/model/execution.ts';
import type { StoredDeclaration, Transition } from '../../../src/model/pipeline.ts';
import type { ExecutionSnapshot, Snapshot, StageOccupancy } from '../../../src/model/snapshot.ts';
import { isInside, isRunning } from '../../../src/model/status.ts';

/** Whether some execution was bound to the revision or has recorded it. */
export function isKnown(executions: readonly ExecutionSnapshot[], { actionName, revisionId }: SourceRevision): boolean {
  return executions.some((one) =>
    [...one.sourceBindings, ...one.revisions].some(
      (met) => met.actionName === actionName && met.revisionId === revisionId,
    ),
  );
}

/** The newest execution that has succeeded in a stage under a version and is no rollback; `executions` oldest first. */
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

/** The last of the rows that match; throws when none does. */
export function newest<T>(rows: T[], matches: (row: T) => boolean): T {
  const found = rows.findLast(matches);
  if (!found) throw new Error('no such row');
  return found;
}

/**
 * The executions of one pipeline with the indexes that a store has, all made from the rows alone, so that a long
 * history costs no more at its end than at its beginning.
 */
export interface Rows {
  /** Oldest first. */
  all(): readonly ExecutionSnapshot[];
  find(id: string): ExecutionSnapshot | undefined;
  /** Adds the execution, or takes it in the place of the one with its id. */
  put(execution: ExecutionSnapshot): void;
  /** Those that are inside a stage or wait before one, oldest first. */
  placed(): ExecutionSnapshot[];
  /** How many have not ended. */
  running(): number;
  /** The id of the execution a change is about. */
  subjectOf(change: Change): string;
  /** Keeps what a change says beside its execution: the state of a way, who came last, tokens. */
  note(change: Change): void;
  transition(stageName: string): Transition | undefined;
  /** Who entered the stage last, PARALLEL executions aside. */
  lastEntrant(stageName: string): string | undefined;
  startedWith(clientRequestToken: string): string | undefined;
  /** The stages of the declaration in its order, then occupied ones that only other versions have. */
  occupancy(declaration: StoredDeclaration): StageOccupancy[];
  /** The same once more and from all rows, trusting no index, with how many have not ended. */
  recount(declaration: StoredDeclaration): Counted;
}

export function createRows(): Rows {
  const all: ExecutionSnapshot[] = [];
  const numbers = new Map<string, number>();
  /** Numbers of executions in `all`, ascending. */
  let placed: number[] = [];
  let running = 0;
  /** Of actions and jobs, the executions they belong to. */
  const owners = new Map<string, string>();
  const tokens = new Map<string, string>();
  const transitions = new Map<string, Transition>();
  const lastEntrants = new Map<string, string>();
  /** Of executions, the number of their last arrival before a stage. */
  const arrivals = new Map<string, number>();
  let arrived = 0;
  /** By the declaration whose stages come first; empty after every change that moves somebody. */
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
 * The stages of the declaration in its order, then occupied ones that only other versions have. Executions that are in
 * no place make no difference.
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

/** What of a snapshot is about all executions. */
export type Counted = Pick<Snapshot, 'occupancy' | 'runningExecutions'>;

/** `apply` keeps the occupancy in step with the executions; the store reads it from their rows. */
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
