import { ServiceError } from '../../contract/errors.ts';
import type { SourceRevision } from '../../model/execution.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { ExecutionLimits } from '../../model/quotas.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import type { KnownTypes } from '../action-types/known-types.ts';
import { findRuleTypes } from '../action-types/rule-types.ts';
import type { Statements } from '../database.ts';
import type { Declarations, ReadDeclaration } from '../pipelines/declarations.ts';
import { lockWatch } from '../pipelines/source-watches.ts';
import { lockEvent } from '../pipelines/webhook-deliveries.ts';
import type { SourceEvent, WebhookEvent } from '../store.ts';
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
} from './execution-rows.ts';
import { findNewestStages } from './latest-executions.ts';
import { findAttemptsAhead } from './load-attempts.ts';
import { isKnownRevision } from './source-revisions.ts';
import { occupancyOf, readPlaces } from './stage-occupancy.ts';

/**
 * What of a pipeline an event is about; `stageName` asks who entered it last, `revision` whether it is known. When the
 * execution only goes on from where it is, the actions it has behind it are left out as far as nothing refers to them.
 */
export interface Touched {
  pipeline: Pipeline;
  executionId?: string;
  onlyGoesOn?: boolean;
  jobId?: string;
  stageName?: string;
  clientRequestToken?: string;
  webhook?: WebhookEvent;
  source?: SourceEvent;
  revision?: SourceRevision;
}

/** What a decision is given that no row of the pipeline tells. */
export interface Sources {
  limits: ExecutionLimits;
  declarations: Declarations;
  types: KnownTypes;
}

/**
 * Loads what a decision about a pipeline, and perhaps one of its executions, may look at. What does not depend on other
 * answers is asked together: a database on another machine is waited for twice or three times, not ten times.
 */
export async function loadSnapshot(
  sql: Statements,
  pipeline: Pipeline,
  touched: Omit<Touched, 'pipeline'>,
  sources: Sources,
): Promise<Snapshot> {
  const { executionId, stageName, revision, webhook, source, clientRequestToken } = touched;
  const [places, rows, passages, isKnown, startedWithSameToken] = await Promise.all([
    readPlaces(sql, pipeline.id),
    executionId === undefined ? undefined : readExecution(sql, executionId, touched.jobId),
    stageName === undefined ? [] : findNewestStages(sql, pipeline.id, [stageName]),
    revision && isKnownRevision(sql, pipeline.id, revision),
    findByToken(sql, pipeline.id, clientRequestToken),
  ]);
  const version = rows?.execution.pipeline_version ?? pipeline.version;
  const found = await sources.declarations.find(sql, pipeline.id, version);
  if (!found) throw new Error(`pipeline ${pipeline.id} has lost its version ${version}`);
  const { declaration, actionTypeIds } = found;
  const [execution, actionTypes, ruleTypes, event, watch] = await Promise.all([
    rows && loadExecution(sql, rows, touched, found),
    sources.types.find(sql, pipeline, actionTypeIds, places.catalogueVersion),
    findRuleTypes(sql, declaration),
    webhook && lockEvent(sql, webhook),
    source && lockWatch(sql, pipeline.id, source),
  ]);
  return {
    pipeline,
    declaration,
    actionTypes,
    ruleTypes,
    occupancy: occupancyOf(
      places,
      declaration.stages.map(({ name }) => name),
    ),
    execution,
    runningExecutions: places.runningExecutions,
    limits: sources.limits,
    lastEntrant: passages[0]?.executionId,
    isKnownRevision: isKnown,
    webhook: event,
    source: watch,
    startedWithSameToken,
  };
}

interface ExecutionRows {
  execution: ExecutionRow;
  stages: StageExecutionRow[];
  jobs: JobRow[];
}

/**
 * Of the jobs only the open ones and the one the event is about: an action that goes on for a day in continuations
 * leaves thousands of ended ones behind.
 */
async function readExecution(sql: Statements, id: string, jobId: string | undefined): Promise<ExecutionRows> {
  const [execution, stages, jobs] = await Promise.all([
    findRow(sql, id, jobId),
    sql.all<StageExecutionRow>('select * from stage_executions where execution_id = ? order by sequence', id),
    sql.all<JobRow>(
      `select * from jobs where execution_id = ? and deadline_at is not null and execution_id <> ''
       union all select * from jobs where id = ? and deadline_at is null order by sequence`,
      id,
      jobId ?? '',
    ),
  ]);
  return { execution, stages, jobs };
}

async function loadExecution(
  sql: Statements,
  rows: ExecutionRows,
  { jobId, onlyGoesOn }: Omit<Touched, 'pipeline'>,
  declaration: ReadDeclaration,
): Promise<ExecutionSnapshot> {
  const { id } = rows.execution;
  const execution = { ...toExecution(rows.execution), stages: rows.stages.map(toStageExecution) };
  const [actions, conditions] = await Promise.all([
    onlyGoesOn
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
  // What is too old to be kept may go, with its jobs, while a late result waits for the pipeline.
  if (!row && jobId !== undefined) {
    throw new ServiceError('JobNotFoundException', `Job with id '${jobId}' does not exist`);
  }
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
