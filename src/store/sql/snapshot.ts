import { ServiceError } from '../../contract/errors.ts';
import type { ActionTypeId } from '../../contract/generated.ts';
import type { CataloguedActionType } from '../../model/action-type.ts';
import type { SourceRevision } from '../../model/execution.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { ExecutionLimits } from '../../model/quotas.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import type { Statements } from '../database.ts';
import type { WebhookEvent } from '../store.ts';
import { findActionType } from './action-types.ts';
import { findConditions } from './conditions.ts';
import type { Declarations, ReadDeclaration } from './declarations.ts';
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
import { countRunning, readOccupancy } from './executions.ts';
import { findAttemptsAhead } from './going-on.ts';
import { findNewestStages } from './newest.ts';
import { findRuleTypes } from './rule-types.ts';
import { isKnownRevision } from './source-revisions.ts';
import { lockEvent } from './webhook-deliveries.ts';

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
  revision?: SourceRevision;
}

/** Loads what a decision about a pipeline, and perhaps one of its executions, may look at. */
export async function loadSnapshot(
  sql: Statements,
  pipeline: Pipeline,
  touched: Omit<Touched, 'pipeline'>,
  { limits, declarations }: { limits: ExecutionLimits; declarations: Declarations },
): Promise<Snapshot> {
  const row = touched.executionId === undefined ? undefined : await findRow(sql, touched.executionId, touched.jobId);
  const version = row?.pipeline_version ?? pipeline.version;
  const found = await declarations.find(sql, pipeline.id, version);
  if (!found) throw new Error(`pipeline ${pipeline.id} has lost its version ${version}`);
  const { declaration, actionTypeIds } = found;
  const execution = row && (await loadExecution(sql, row, touched, found));
  const occupancy = await readOccupancy(
    sql,
    pipeline.id,
    declaration.stages.map(({ name }) => name),
  );
  const actionTypes = await loadActionTypes(sql, pipeline, actionTypeIds);
  const startedWithSameToken = await findByToken(sql, pipeline.id, touched.clientRequestToken);
  const { stageName, revision } = touched;
  const [passage] = stageName === undefined ? [] : await findNewestStages(sql, pipeline.id, [stageName]);
  return {
    pipeline,
    declaration,
    actionTypes,
    ruleTypes: await findRuleTypes(sql, declaration),
    occupancy,
    execution,
    runningExecutions: await countRunning(sql, pipeline.id),
    limits,
    lastEntrant: passage?.executionId,
    isKnownRevision: revision && (await isKnownRevision(sql, pipeline.id, revision)),
    webhook: touched.webhook && (await lockEvent(sql, touched.webhook)),
    startedWithSameToken,
  };
}

async function loadActionTypes(
  sql: Statements,
  pipeline: Pipeline,
  ids: ActionTypeId[],
): Promise<CataloguedActionType[]> {
  const types: CataloguedActionType[] = [];
  for (const id of ids) {
    const type = await findActionType(sql, pipeline, id);
    if (type) types.push(type);
  }
  return types;
}

/**
 * Of the jobs only the open ones and the one the event is about: an action that goes on for a day in continuations
 * leaves thousands of ended ones behind.
 */
async function loadExecution(
  sql: Statements,
  row: ExecutionRow,
  { jobId, onlyGoesOn }: Omit<Touched, 'pipeline'>,
  declaration: ReadDeclaration,
): Promise<ExecutionSnapshot> {
  const inOrder = 'where execution_id = ? order by sequence';
  const stageRows = await sql.all<StageExecutionRow>(`select * from stage_executions ${inOrder}`, row.id);
  const execution = { ...toExecution(row), stages: stageRows.map(toStageExecution) };
  const actions = onlyGoesOn
    ? await findAttemptsAhead(sql, execution, jobId, declaration)
    : await sql.all<ActionExecutionRow>(`select * from action_executions ${inOrder}`, row.id);
  const jobs = await sql.all<JobRow>(
    `select * from jobs where execution_id = ? and deadline_at is not null
     union all select * from jobs where id = ? and deadline_at is null order by sequence`,
    row.id,
    jobId ?? '',
  );
  return {
    ...execution,
    actions: actions.map(toActionExecution),
    conditions: await findConditions(sql, row.id),
    jobs: jobs.map(toJob),
  };
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
