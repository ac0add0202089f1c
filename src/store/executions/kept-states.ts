import { randomInt } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { isOpenJob, isRunning } from '../../model/status.ts';
import { charactersIn, sizeOf } from '../object-sizes.ts';
import type { ReadDeclaration } from '../pipelines/declarations.ts';
import { attemptsAhead } from './load-attempts.ts';

/** Characters of text kept: thousands of usual executions. */
const mostCharacters = 16 * 1024 * 1024;

/** What a decision left of its pipeline and of its execution, of which it keeps what a job's event needs. */
export interface KeptState extends Pick<Snapshot, 'occupancy' | 'runningExecutions'> {
  execution: ExecutionSnapshot;
}

/**
 * What this node's own decisions left, so that the next one need not read it. A decision gives the pipeline's row a new
 * `revision` under the pipeline's lock; a state is valid as long as the locked row has the revision it was kept under.
 * Revisions are random and never used twice, so a state whose transaction was rolled back, or was lost with the database
 * server that had it, is never found. Whatever changes rows of a snapshot in another way has to revise the pipeline too.
 */
export interface KeptStates {
  find(pipelineId: string, revision: number): KeptState | undefined;
  keep(pipelineId: string, revision: number, state: KeptState): void;
  forget(pipelineId: string): void;
}

export function createKeptStates(): KeptStates {
  const states = new LRUCache<string, { revision: number; state: KeptState }>({ maxSize: mostCharacters });
  return {
    find(pipelineId, revision) {
      const kept = states.get(pipelineId);
      return kept?.revision === revision ? kept.state : undefined;
    },
    keep(pipelineId, revision, state) {
      states.set(pipelineId, { revision, state }, { size: sizeOfState(state) });
    },
    forget: (pipelineId) => void states.delete(pipelineId),
  };
}

const largestRevision = 2 ** 48 - 1;

/** Returns a revision that no other decision has, on any node. */
export function newRevision(): number {
  return randomInt(1, largestRevision);
}

/**
 * Returns what is worth keeping, which is what `loadSnapshot` would read for an event of a job; undefined if there can be
 * none. PARALLEL executions change their pipeline without its lock, so nothing is kept of them.
 */
export function stateOf(
  { execution, occupancy, runningExecutions }: Snapshot,
  found: ReadDeclaration,
): KeptState | undefined {
  if (!execution || !isRunning(execution.status) || execution.executionMode === 'PARALLEL') return undefined;
  const { stages, version } = found.declaration;
  if (execution.pipelineVersion !== version) return undefined;
  const jobs = execution.jobs.filter(({ status }) => isOpenJob(status));
  if (jobs.length === 0) return undefined;
  return {
    // An execution of an earlier version may have left the last of the stages that only that version has.
    occupancy: occupancy.filter((stage, index) => index < stages.length || isOccupied(stage)),
    runningExecutions,
    execution: { ...execution, actions: attemptsAhead(execution, found), jobs },
  };
}

function isOccupied({ holder, waiting, expired, waitingParallel }: Snapshot['occupancy'][number]): boolean {
  return holder !== undefined || waiting.length + expired.length + waitingParallel.length > 0;
}

function sizeOfState({ occupancy, execution }: KeptState): number {
  const { stages, actions, conditions, jobs, ...row } = execution;
  let size = 200 * (1 + stages.length + conditions.length) + 1000 * jobs.length + charactersIn(Object.values(row));
  for (const { waiting, expired, waitingParallel } of occupancy) {
    size += 100 + 50 * (waiting.length + expired.length + waitingParallel.length);
  }
  for (const action of actions) size += sizeOf(action);
  return size;
}
