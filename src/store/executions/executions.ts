import type { Execution } from '../../model/execution.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { StageOccupancy } from '../../model/snapshot.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { inPipeline, olderInPipeline } from '../fragments.ts';
import { type ActionExecutionRow, type ExecutionRow, toActionExecution, toExecution } from './execution-row.ts';
import { type ActionAttempt, findLatestActions, findLatestConditions, findLatestStages } from './latest-executions.ts';
import { occupancyOf, readSurroundings } from './stage-occupancy.ts';

/** History and current state. */
export function executionRows(database: Database) {
  return bind(database, 'read', {
    find: findExecution,
    list: listExecutions,
    listActions: listActionExecutions,
    listRules: listRuleExecutions,
    hasAction: hasActionExecution,
    findAction: findActionExecution,
    occupancy: findOccupancy,
    latestStages: findLatestStages,
    latestActions: findLatestActions,
    latestConditions: findLatestConditions,
  });
}

/** An execution with its position in the history of its pipeline; newer is larger. */
interface ListedExecution extends Execution {
  sequence: number;
}

/** An action execution with its position in the history of its pipeline. */
export interface ListedActionExecution extends ActionAttempt {
  sequence: number;
  pipelineVersion: number;
}

/** A page of action executions, newest first; `isLatest` keeps the latest attempt of each action in each execution. */
interface ActionPage {
  executionId?: string;
  isLatest?: boolean;
  before?: number;
  limit: number;
}

/** Larger than any sequence: a page without `before` starts at the newest. */
const newest = Number.MAX_SAFE_INTEGER;

async function findExecution(sql: Statements, pipelineId: string, executionId: string): Promise<Execution | undefined> {
  const row = await sql.get<ExecutionRow>(
    `select * from executions where id = ? and ${inPipeline('pipeline_id')}`,
    executionId,
    pipelineId,
  );
  return row && toExecution(row);
}

/** Lists executions, newest first; `succeededIn` keeps those that succeeded in a stage under a pipeline version. */
async function listExecutions(
  sql: Statements,
  pipelineId: string,
  {
    before = newest,
    limit,
    succeededIn,
  }: { before?: number; limit: number; succeededIn?: { stageName: string; version: number } },
): Promise<ListedExecution[]> {
  const rows = succeededIn
    ? await sql.all<ExecutionRow>(
        `select e.* from stage_executions s join executions e on e.id = s.execution_id
         where s.pipeline_id = ? and s.stage_name = ? and s.pipeline_version = ? and s.status = 'Succeeded'
           and s.execution_sequence < ? order by s.execution_sequence desc limit ?`,
        pipelineId,
        succeededIn.stageName,
        succeededIn.version,
        before,
        limit,
      )
    : await sql.all<ExecutionRow>(
        `select * from executions where ${olderInPipeline()}
         order by pipeline_id desc, sequence desc limit ?`,
        pipelineId,
        pipelineId,
        before,
        limit,
      );
  return rows.map((row) => ({ ...toExecution(row), sequence: row.sequence }));
}

function listActionExecutions(sql: Statements, pipelineId: string, page: ActionPage): Promise<ListedActionExecution[]> {
  return listAttempts(sql, pipelineId, page, {
    listed: 'a.condition_id is null',
    newer: 'n.condition_id is null',
  });
}

/** A rule may have the name of an action, or of a rule of another condition in its stage. */
function listRuleExecutions(sql: Statements, pipelineId: string, page: ActionPage): Promise<ListedActionExecution[]> {
  return listAttempts(sql, pipelineId, page, {
    listed: 'a.condition_id is not null',
    newer: `(select c.kind from condition_executions c where c.id = n.condition_id)
      = (select c.kind from condition_executions c where c.id = a.condition_id)`,
  });
}

/** `listed` selects the rows; `newer` selects, among rows of the same names, later attempts of the same action. */
async function listAttempts(
  sql: Statements,
  pipelineId: string,
  { executionId, isLatest, before = newest, limit }: ActionPage,
  { listed, newer }: { listed: string; newer: string },
): Promise<ListedActionExecution[]> {
  const isNewest = `and not exists (select 1 from action_executions n where n.execution_id = a.execution_id
    and n.stage_name = a.stage_name and n.action_name = a.action_name and n.sequence > a.sequence and ${newer})`;
  // For one execution the pipeline is compared in its row; otherwise all actions of the pipeline could be read.
  const ofOne = executionId !== undefined;
  const rows = await sql.all<ListedActionRow>(
    `select a.*, e.pipeline_version from action_executions a join executions e on e.id = a.execution_id
     where ${ofOne ? `${inPipeline('e.pipeline_id')} and a.execution_id = ? and a.sequence < ?` : olderInPipeline('a.')}
       and ${listed} ${isLatest ? isNewest : ''} order by ${ofOne ? '' : 'a.pipeline_id desc,'} a.sequence desc limit ?`,
    pipelineId,
    ofOne ? executionId : pipelineId,
    before,
    limit,
  );
  return rows.map(toListedAction);
}

async function findActionExecution(
  sql: Statements,
  pipelineId: string,
  id: string,
): Promise<ListedActionExecution | undefined> {
  const row = await sql.get<ListedActionRow>(
    `select a.*, e.pipeline_version from action_executions a join executions e on e.id = a.execution_id
     where ${inPipeline('a.pipeline_id')} and a.id = ? and a.condition_id is null`,
    pipelineId,
    id,
  );
  return row && toListedAction(row);
}

type ListedActionRow = ActionExecutionRow & { pipeline_version: number };

function toListedAction(row: ListedActionRow): ListedActionExecution {
  return {
    ...toActionExecution(row),
    sequence: row.sequence,
    executionId: row.execution_id,
    pipelineVersion: row.pipeline_version,
  };
}

/** Returns whether the account and region, or one of its pipelines, has this action execution. */
async function hasActionExecution(
  sql: Statements,
  scope: Scope,
  actionExecutionId: string,
  pipelineId?: string,
): Promise<boolean> {
  const row = await sql.get(
    `select a.id from action_executions a join pipelines p on p.id = a.pipeline_id
     where a.id = ? and a.condition_id is null and p.account = ? and p.region = ? and p.deleted_at is null
       and (p.id = ? or ? = '')`,
    actionExecutionId,
    scope.account,
    scope.region,
    pipelineId ?? '',
    pipelineId ?? '',
  );
  return row !== undefined;
}

async function findOccupancy(sql: Statements, pipelineId: string, stageNames: string[]): Promise<StageOccupancy[]> {
  return occupancyOf((await readSurroundings(sql, pipelineId)).stages, stageNames);
}
