import type { ExecutionLimits } from '../../model/quotas.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import type { SnapshotTypeCache } from '../action-types/action-type-cache.ts';
import { findRuleTypes } from '../action-types/rule-types.ts';
import { compareKept } from '../compare-kept.ts';
import type { Statements } from '../database.ts';
import type { DeclarationCache, ReadDeclaration } from '../pipelines/declarations.ts';
import { lockWatch } from '../pipelines/source-events.ts';
import { lockEvent } from '../pipelines/webhook-deliveries.ts';
import type { KeptState, KeptStates } from './kept-states.ts';
import { findLatestStages } from './latest-executions.ts';
import { findOpenJobs, loadExecution, readExecution } from './load-execution.ts';
import type { SnapshotTarget, Subject } from './lock-target.ts';
import { isKnownRevision } from './source-revisions.ts';
import { occupancyOf, readSurroundings } from './stage-occupancy.ts';

/** What a snapshot needs besides the rows of the pipeline. */
export interface SnapshotSources {
  limits: ExecutionLimits;
  declarations: DeclarationCache;
  actionTypes: SnapshotTypeCache;
  /** Absent in a transaction that writes versions. */
  kept?: KeptStates;
}

/** A snapshot, and the state of the pipeline that it shows; undefined if PARALLEL executions change that without a lock. */
export interface LoadedSnapshot {
  snapshot: Snapshot;
  declaration: ReadDeclaration;
  state: KeptState | undefined;
}

/** Loads the snapshot of a decision. What is in `state` isn't read, but compared with the rows if a test asks for it. */
export async function loadSnapshot(
  sql: Statements,
  target: SnapshotTarget,
  sources: SnapshotSources,
  state?: KeptState,
): Promise<LoadedSnapshot> {
  const loaded = await load(sql, target, sources, state);
  if (state) await compareKept('snapshot', loaded.snapshot, async () => (await load(sql, target, sources)).snapshot);
  return loaded;
}

/**
 * Loads everything that a decision about a pipeline, and perhaps one of its executions, may depend on. Independent
 * queries are sent together, so a remote database costs two or three round trips instead of ten.
 */
async function load(
  sql: Statements,
  target: SnapshotTarget,
  sources: SnapshotSources,
  state?: KeptState,
): Promise<LoadedSnapshot> {
  const { pipeline, executionId, stageName, revision, webhook, source, clientRequestToken } = target;
  const kept = state && findKept(state, target);
  const [surroundings, rows, jobs, passages, isKnown, startedWithSameToken] = await Promise.all([
    state ?? readSurroundings(sql, pipeline.id),
    kept || executionId === undefined ? undefined : readExecution(sql, pipeline.id, executionId, target.jobId),
    kept && findJobs(sql, kept, target),
    stageName === undefined ? [] : findLatestStages(sql, pipeline.id, [stageName]),
    revision && isKnownRevision(sql, pipeline.id, revision),
    findByToken(sql, pipeline.id, clientRequestToken),
  ]);
  const version = kept?.pipelineVersion ?? rows?.execution.pipeline_version ?? pipeline.version;
  const found = await sources.declarations.find(sql, pipeline.id, version);
  if (!found) throw new Error(`pipeline ${pipeline.id} has lost its version ${version}`);
  const { declaration, actionTypeIds } = found;
  const catalogueVersion =
    target.catalogueVersion ?? ('catalogueVersion' in surroundings ? surroundings.catalogueVersion : '');
  const [execution, actionTypes, ruleTypes, event, watch] = await Promise.all([
    kept ? { ...kept, jobs: jobs ?? [] } : rows && loadExecution(sql, rows, target, found),
    sources.actionTypes.find(sql, pipeline, actionTypeIds, catalogueVersion),
    findRuleTypes(sql, declaration),
    webhook && lockEvent(sql, webhook),
    source && lockWatch(sql, pipeline.id, source),
  ]);
  const { stages, runningExecutions } = surroundings;
  const snapshot: Snapshot = {
    pipeline,
    declaration,
    actionTypes,
    ruleTypes,
    occupancy: occupancyOf(
      stages,
      declaration.stages.map(({ name }) => name),
    ),
    execution,
    runningExecutions,
    limits: sources.limits,
    lastEntrant: passages[0]?.executionId,
    isKnownRevision: isKnown,
    webhook: event,
    source: watch,
    startedWithSameToken,
  };
  const hasParallel = 'hasParallel' in surroundings && surroundings.hasParallel;
  const left = state ?? { stages, runningExecutions, executions: new Map() };
  return { snapshot, declaration: found, state: hasParallel ? undefined : left };
}

/** Finds the execution of an event that doesn't need more of it than is kept. */
function findKept(
  { executions }: KeptState,
  { executionId, jobId, actionId, onlyContinues }: Subject,
): ExecutionSnapshot | undefined {
  const kept = onlyContinues && executionId !== undefined ? executions.get(executionId) : undefined;
  if (!kept) return undefined;
  const job = kept.jobs.find(({ id }) => id === jobId);
  if (jobId !== undefined && !job) return undefined;
  const needed = actionId ?? job?.actionExecutionId;
  return needed === undefined || kept.actions.some(({ id }) => id === needed) ? kept : undefined;
}

/**
 * Completes the open jobs of an execution that is kept. Claims and leases change them without the pipeline's lock, so these
 * members are read: once the pipeline is locked or, if other jobs are open too, by one more statement. Decisions use them
 * only to end a delivery, which fails if the job was delivered again.
 */
async function findJobs(
  sql: Statements,
  { id, jobs }: ExecutionSnapshot,
  { jobId, lease }: Subject,
): Promise<ExecutionSnapshot['jobs']> {
  const [job] = jobs;
  if (!job) return [];
  return lease && jobs.length === 1 && job.id === jobId ? [{ ...job, ...lease }] : findOpenJobs(sql, id);
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
