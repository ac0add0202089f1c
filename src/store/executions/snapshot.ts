import { type Job, jobNotFound } from '../../model/job.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { ExecutionLimits } from '../../model/quotas.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import type { SnapshotTypeCache } from '../action-types/action-type-cache.ts';
import { findRuleTypes } from '../action-types/rule-types.ts';
import { compareKept } from '../compare-kept.ts';
import type { Statements } from '../database.ts';
import { openByExecution } from '../fragments.ts';
import type { DeclarationCache, ReadDeclaration } from '../pipelines/declarations.ts';
import { lockWatch } from '../pipelines/source-watches.ts';
import { lockEvent } from '../pipelines/webhook-deliveries.ts';
import { findConditions } from './conditions.ts';
import {
  type ActionExecutionRow,
  type ExecutionRow,
  type JobRow,
  type StageExecutionRow,
  toActionExecution,
  toExecution,
  toJob,
  toStageExecution,
} from './execution-row.ts';
import type { KeptStates } from './kept-states.ts';
import { findLatestStages } from './latest-executions.ts';
import { findAttemptsAhead } from './load-attempts.ts';
import type { LockedTarget } from './lock-target.ts';
import { isKnownRevision } from './source-revisions.ts';
import { occupancyOf, readOccupancy } from './stage-occupancy.ts';

/** What a snapshot needs besides the rows of the pipeline. */
export interface SnapshotSources {
  limits: ExecutionLimits;
  declarations: DeclarationCache;
  actionTypes: SnapshotTypeCache;
  /** Absent in a transaction that writes versions. */
  kept?: KeptStates;
}

/** A snapshot; `mayKeep` if all that changes it is behind the pipeline's lock. */
export interface LoadedSnapshot {
  snapshot: Snapshot;
  declaration: ReadDeclaration;
  mayKeep: boolean;
}

/** Loads the snapshot of a decision: what this node has kept of it, if that is still valid, or else everything. */
export async function loadSnapshot(
  sql: Statements,
  target: LockedTarget,
  sources: SnapshotSources,
): Promise<LoadedSnapshot> {
  const kept = await findKept(sql, target, sources);
  if (!kept) return readSnapshot(sql, target.pipeline, target, sources);
  await compareKept('snapshot', kept.snapshot, async () => {
    return (await readSnapshot(sql, target.pipeline, target, sources)).snapshot;
  });
  return kept;
}

/**
 * Finds the snapshot for an event of a job in what an earlier decision of this node left. Claims and leases change an open
 * job without the pipeline's lock, so these members are read: by the statement that locks the pipeline or, if other jobs
 * are open too, by one more. Decisions use them only to end a delivery, which fails if the job was delivered again.
 */
async function findKept(
  sql: Statements,
  { pipeline, executionId, jobId, lock, job }: LockedTarget,
  sources: SnapshotSources,
): Promise<LoadedSnapshot | undefined> {
  const state = lock && job && sources.kept?.find(pipeline.id, lock.revision);
  if (!state || state.execution.id !== executionId) return undefined;
  const { execution, occupancy, runningExecutions } = state;
  const event = execution.jobs.find(({ id }) => id === jobId);
  if (!event || !execution.actions.some(({ id }) => id === event.actionExecutionId)) return undefined;
  const declaration = await sources.declarations.find(sql, pipeline.id, execution.pipelineVersion);
  if (!declaration) return undefined;
  const [actionTypes, ruleTypes, jobs] = await Promise.all([
    sources.actionTypes.find(sql, pipeline, declaration.actionTypeIds, job.catalogueVersion),
    findRuleTypes(sql, declaration.declaration),
    execution.jobs.length === 1 ? [{ ...event, ...job.lease }] : findOpenJobs(sql, execution.id),
  ]);
  const snapshot: Snapshot = {
    pipeline,
    declaration: declaration.declaration,
    actionTypes,
    ruleTypes,
    occupancy,
    execution: { ...execution, jobs },
    runningExecutions,
    limits: sources.limits,
  };
  return { snapshot, declaration, mayKeep: true };
}

/**
 * Reads everything that a decision about a pipeline, and perhaps one of its executions, may depend on. Independent
 * queries are sent together, so a remote database costs two or three round trips instead of ten.
 */
export async function readSnapshot(
  sql: Statements,
  pipeline: Pipeline,
  target: Omit<LockedTarget, 'pipeline' | 'lock'>,
  sources: SnapshotSources,
): Promise<LoadedSnapshot> {
  const { executionId, stageName, revision, webhook, source, clientRequestToken } = target;
  const [surroundings, rows, passages, isKnown, startedWithSameToken] = await Promise.all([
    readOccupancy(sql, pipeline.id),
    executionId === undefined ? undefined : readExecution(sql, executionId, target.jobId),
    stageName === undefined ? [] : findLatestStages(sql, pipeline.id, [stageName]),
    revision && isKnownRevision(sql, pipeline.id, revision),
    findByToken(sql, pipeline.id, clientRequestToken),
  ]);
  const version = rows?.execution.pipeline_version ?? pipeline.version;
  const found = await sources.declarations.find(sql, pipeline.id, version);
  if (!found) throw new Error(`pipeline ${pipeline.id} has lost its version ${version}`);
  const { declaration, actionTypeIds } = found;
  const [execution, actionTypes, ruleTypes, event, watch] = await Promise.all([
    rows && loadExecution(sql, rows, target, found),
    sources.actionTypes.find(sql, pipeline, actionTypeIds, surroundings.catalogueVersion),
    findRuleTypes(sql, declaration),
    webhook && lockEvent(sql, webhook),
    source && lockWatch(sql, pipeline.id, source),
  ]);
  const snapshot: Snapshot = {
    pipeline,
    declaration,
    actionTypes,
    ruleTypes,
    occupancy: occupancyOf(
      surroundings,
      declaration.stages.map(({ name }) => name),
    ),
    execution,
    runningExecutions: surroundings.runningExecutions,
    limits: sources.limits,
    lastEntrant: passages[0]?.executionId,
    isKnownRevision: isKnown,
    webhook: event,
    source: watch,
    startedWithSameToken,
  };
  return { snapshot, declaration: found, mayKeep: !surroundings.hasParallel };
}

async function findOpenJobs(sql: Statements, executionId: string): Promise<Job[]> {
  const rows = await sql.all<JobRow>(
    `select * from jobs where execution_id = ? and ${openByExecution} order by sequence`,
    executionId,
  );
  return rows.map(toJob);
}

interface LoadedRows {
  execution: ExecutionRow;
  stages: StageExecutionRow[];
  jobs: JobRow[];
}

/**
 * Of the jobs only the open ones and the one the event is about: an action that continues for a day leaves thousands of
 * ended ones behind.
 */
async function readExecution(sql: Statements, id: string, jobId: string | undefined): Promise<LoadedRows> {
  const [execution, stages, jobs] = await Promise.all([
    findRow(sql, id, jobId),
    sql.all<StageExecutionRow>('select * from stage_executions where execution_id = ? order by sequence', id),
    sql.all<JobRow>(
      `select * from jobs where execution_id = ? and ${openByExecution}
       union all select * from jobs where id = ? and deadline_at is null order by sequence`,
      id,
      jobId ?? '',
    ),
  ]);
  return { execution, stages, jobs };
}

async function loadExecution(
  sql: Statements,
  rows: LoadedRows,
  { jobId, onlyContinues }: Omit<LockedTarget, 'pipeline' | 'lock'>,
  declaration: ReadDeclaration,
): Promise<ExecutionSnapshot> {
  const { id } = rows.execution;
  const execution = { ...toExecution(rows.execution), stages: rows.stages.map(toStageExecution) };
  const [actions, conditions] = await Promise.all([
    onlyContinues
      ? findAttemptsAhead(
          sql,
          execution,
          rows.jobs.find((job) => job.id === jobId),
          declaration,
        )
      : sql.all<ActionExecutionRow>('select * from action_executions where execution_id = ? order by sequence', id),
    declaration.hasConditions ? findConditions(sql, id) : [],
  ]);
  return { ...execution, actions: actions.map(toActionExecution), conditions, jobs: rows.jobs.map(toJob) };
}

async function findRow(sql: Statements, executionId: string, jobId: string | undefined): Promise<ExecutionRow> {
  const row = await sql.get<ExecutionRow>('select * from executions where id = ?', executionId);
  // Retention may remove an execution with its jobs while a late result waits for the pipeline.
  if (!row && jobId !== undefined) throw jobNotFound(jobId);
  if (!row) throw new Error(`execution ${executionId} has been lost`);
  return row;
}

async function findByToken(
  sql: Statements,
  pipelineId: string,
  token: string | undefined,
): Promise<string | undefined> {
  if (token === undefined) return undefined;
  const row = await sql.get<{ id: string }>(
    'select id from executions where pipeline_id = ? and client_request_token = ?',
    pipelineId,
    token,
  );
  return row?.id;
}
