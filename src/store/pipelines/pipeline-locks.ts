import { randomInt } from 'node:crypto';
import type { Pipeline, Scope } from '../../model/pipeline.ts';
import { catalogueVersion } from '../action-types/action-types.ts';
import type { Statements } from '../database.ts';
import type { KeptState } from '../executions/kept-states.ts';
import { type PipelineRow, toPipeline } from './pipeline-row.ts';

/** The exclusive lock of a pipeline. A transaction's decisions about the pipeline share it. */
export interface PipelineLock {
  /** The row's revision before this transaction. */
  readonly previous: number;
  /** Its revision once this transaction has committed. */
  readonly revision: number;
  /** Whether a decision has changed something, so that nothing kept under `previous` is valid any more. */
  hasChanged: boolean;
  /** What the decisions of this transaction have left of the pipeline, as far as it is known. */
  state?: KeptState;
}

/** Returns the lock that the transaction which inserts a pipeline has. */
export function newLock(): PipelineLock {
  return { previous: 0, revision: 0, hasChanged: true };
}

export interface LockedPipeline {
  pipeline: Pipeline;
  lock: PipelineLock;
  /** The catalogue's version when the lock was asked for. */
  catalogueVersion: string;
}

export interface PipelineName {
  scope: Scope;
  name: string;
}

/** Pipelines locked by one statement; a fixed number keeps it one prepared statement. */
export const mostLocksAtOnce = 16;

const revisions = 2 ** 48;

/**
 * Sets a new revision in the statement that locks the row; the first parameter is `revisionStep`. A random number is added,
 * so the new revision is random too, and tells what the old one was.
 */
const revised = `revision = (revision + ?) % ${revisions}`;

const lockedColumns = `*, (select value from settings where name = '${catalogueVersion}') as catalogue_version`;

function revisionStep(): number {
  return randomInt(1, revisions - 1);
}

type LockedRow = PipelineRow & { catalogue_version: string | null };

function toLocked(row: LockedRow, step: number): LockedPipeline {
  const previous = (row.revision - step + revisions) % revisions;
  return {
    pipeline: toPipeline(row),
    lock: { previous, revision: row.revision, hasChanged: false },
    catalogueVersion: row.catalogue_version ?? '',
  };
}

/** Locks a pipeline, unless there is none of this name. */
export async function lockPipeline(
  sql: Statements,
  { scope, name }: PipelineName,
): Promise<LockedPipeline | undefined> {
  const step = revisionStep();
  const row = await sql.get<LockedRow>(
    `update pipelines set ${revised} where account = ? and region = ? and name = ? and deleted_at is null
     returning ${lockedColumns}`,
    step,
    scope.account,
    scope.region,
    name,
  );
  return row && toLocked(row, step);
}

/** Selects the pipeline of a job, unless its execution is PARALLEL: these share the lock. */
const pipelineOfJob = `select j.pipeline_id from jobs j join executions e on e.id = j.execution_id
  where e.execution_mode <> 'PARALLEL' and j.id`;

/** Locks the pipeline of a job, also if it is deleted. Undefined if there is no such job or its execution is PARALLEL. */
export async function lockPipelineOfJob(sql: Statements, jobId: string): Promise<LockedPipeline | undefined> {
  const step = revisionStep();
  const row = await sql.get<LockedRow>(
    `update pipelines set ${revised} where id = (${pipelineOfJob} = ?) returning ${lockedColumns}`,
    step,
    jobId,
  );
  return row && toLocked(row, step);
}

/** Locks a pipeline together with others that share it: those which lock it by the other functions wait. */
export async function sharePipeline(sql: Statements, id: string): Promise<Omit<LockedPipeline, 'lock'> | undefined> {
  const row = await sql.get<LockedRow>(`select ${lockedColumns} from pipelines where id = ? {{for share}}`, id);
  return row && { pipeline: toPipeline(row), catalogueVersion: row.catalogue_version ?? '' };
}

export const marksOfLocks = Array.from({ length: mostLocksAtOnce }, () => '?').join(', ');
const nameMarks = Array.from({ length: mostLocksAtOnce }, () => '(?, ?, ?)').join(', ');
const asked = `asked (account, region, name) as (values ${nameMarks}),`;
const byJobs = `${pipelineOfJob} in (${marksOfLocks})`;
const byNames = `select p.id from asked cross join pipelines p
  where p.account = asked.account and p.region = asked.region and p.name = asked.name and p.deleted_at is null`;

/**
 * Locks the pipelines of some jobs and those of some names, in the order of their ids, which prevents deadlocks. Leaves out
 * what `lockPipeline` and `lockPipelineOfJob` don't find.
 */
export async function lockPipelines(
  sql: Statements,
  { jobIds, names }: { jobIds: string[]; names: PipelineName[] },
): Promise<LockedPipeline[]> {
  const step = revisionStep();
  const wanted = [...(jobIds.length > 0 ? [byJobs] : []), ...(names.length > 0 ? [byNames] : [])];
  const places = Array.from({ length: mostLocksAtOnce }, (_, index) => index);
  const rows = await sql.all<LockedRow>(
    `with ${names.length > 0 ? asked : ''} wanted (id) as (${wanted.join(' union all ')}),
       locked (id) as (select p.id from wanted cross join pipelines p where p.id = wanted.id
         order by p.id {{for update of p}})
     update pipelines set ${revised} from locked where pipelines.id = locked.id returning ${lockedColumns}`,
    ...(names.length > 0 ? places.flatMap((place) => valuesOf(names[place])) : []),
    ...(jobIds.length > 0 ? places.map((place) => jobIds[place] ?? null) : []),
    step,
  );
  return rows.map((row) => toLocked(row, step));
}

function valuesOf(name: PipelineName | undefined): (string | null)[] {
  return name ? [name.scope.account, name.scope.region, name.name] : [null, null, null];
}
