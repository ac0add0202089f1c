import { actionTypeKey, type CataloguedActionType } from '../../model/action-type.ts';
import type { SourceRevision } from '../../model/execution.ts';
import type { Pipeline, StoredDeclaration } from '../../model/pipeline.ts';
import type { ExecutionLimits } from '../../model/quotas.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import type { Statements } from '../database.ts';
import type { WebhookEvent } from '../store.ts';
import { findActionType } from './action-types.ts';
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
import { countRunning, readOccupancy } from './executions.ts';
import { findNewestStages } from './newest.ts';
import { findDeclaration } from './pipelines.ts';
import { findRuleTypes } from './rule-types.ts';
import { isKnownRevision } from './source-revisions.ts';
import { lockEvent } from './webhook-deliveries.ts';

/** What of a pipeline an event is about; `stageName` asks who entered it last, `revision` whether it is known. */
export interface Touched {
  pipeline: Pipeline;
  executionId?: string;
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
  limits: ExecutionLimits,
): Promise<Snapshot> {
  const { executionId, jobId } = touched;
  const execution = executionId === undefined ? undefined : await loadExecution(sql, executionId, jobId);
  const version = execution?.pipelineVersion ?? pipeline.version;
  const declaration = await findDeclaration(sql, pipeline.id, version);
  if (!declaration) throw new Error(`pipeline ${pipeline.id} has lost its version ${version}`);
  const occupancy = await readOccupancy(
    sql,
    pipeline.id,
    declaration.stages.map(({ name }) => name),
  );
  const actionTypes = await loadActionTypes(sql, pipeline, declaration);
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
  declaration: StoredDeclaration,
): Promise<CataloguedActionType[]> {
  const ids = new Map(
    declaration.stages.flatMap(({ actions }) =>
      actions.map(({ actionTypeId }) => [actionTypeKey(actionTypeId), actionTypeId]),
    ),
  );
  const types: CataloguedActionType[] = [];
  for (const id of ids.values()) {
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
  executionId: string,
  jobId: string | undefined,
): Promise<ExecutionSnapshot> {
  const row = await sql.get<ExecutionRow>('select * from executions where id = ?', executionId);
  if (!row) throw new Error(`execution ${executionId} has been lost`);
  const inOrder = 'where execution_id = ? order by sequence';
  const stages = await sql.all<StageExecutionRow>(`select * from stage_executions ${inOrder}`, executionId);
  const actions = await sql.all<ActionExecutionRow>(`select * from action_executions ${inOrder}`, executionId);
  const jobs = await sql.all<JobRow>(
    `select * from jobs where execution_id = ? and deadline_at is not null
     union all select * from jobs where id = ? and deadline_at is null order by sequence`,
    executionId,
    jobId ?? '',
  );
  return {
    ...toExecution(row),
    stages: stages.map(toStageExecution),
    actions: actions.map(toActionExecution),
    conditions: await findConditions(sql, executionId),
    jobs: jobs.map(toJob),
  };
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
