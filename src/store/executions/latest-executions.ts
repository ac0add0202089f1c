import type { ConditionExecution, ConditionKind } from '../../model/condition.ts';
import type { ActionExecution, StageExecution } from '../../model/execution.ts';
import type { Statements } from '../database.ts';
import { inRange } from '../fragments.ts';
import { paddedBatches, placeholders } from '../padded-batches.ts';
import { type ConditionExecutionRow, toConditionExecution } from './conditions.ts';
import {
  type ActionExecutionRow,
  type StageExecutionRow,
  toActionExecution,
  toStageExecution,
} from './execution-row.ts';

/** A passage of an execution through a stage. */
export interface StagePassage extends StageExecution {
  executionId: string;
  isRollback: boolean;
}

/** An attempt of an action in an execution. */
export interface ActionAttempt extends ActionExecution {
  executionId: string;
}

/** A check of a condition in an execution, with its rules. */
export interface CheckedCondition extends ConditionExecution {
  executionId: string;
  rules: ActionExecution[];
}

/**
 * Finds the latest passage through each of these stages, in no order; stages that were never entered have none. PARALLEL
 * executions are left out, here and below (behaviour C.2.3).
 */
export async function findLatestStages(
  sql: Statements,
  pipelineId: string,
  stageNames: string[],
): Promise<StagePassage[]> {
  const rows = await inBatches(stageNames, (names) =>
    sql.all<StageExecutionRow & { rollback_of: string | null }>(
      `with asked (stage_name) as (values ${placeholders(names, '(?)')})
       select s.*, e.rollback_of from asked
       cross join stage_executions s join executions e on e.id = s.execution_id
       where s.sequence = (select n.sequence from stage_executions n
         where ${inRange('n.pipeline_id, n.stage_name', '?, asked.stage_name')} and n.execution_mode <> 'PARALLEL'
         order by n.pipeline_id desc, n.stage_name desc, n.sequence desc limit 1)`,
      ...names,
      pipelineId,
      pipelineId,
    ),
  );
  return rows.map((row) => ({
    ...toStageExecution(row),
    executionId: row.execution_id,
    isRollback: row.rollback_of !== null,
  }));
}

/** Finds the latest attempt of each of these actions, in no order; actions that never started have none. */
export async function findLatestActions(
  sql: Statements,
  pipelineId: string,
  actions: { stageName: string; actionName: string }[],
): Promise<ActionAttempt[]> {
  const rows = await inBatches(actions, (some) =>
    sql.all<ActionExecutionRow>(
      `with asked (stage_name, action_name) as (values ${placeholders(some, '(?, ?)')})
       select a.* from asked cross join action_executions a
       where a.sequence = (select n.sequence from action_executions n
         where ${inRange('n.pipeline_id, n.stage_name, n.action_name', '?, asked.stage_name, asked.action_name')}
           and n.execution_mode <> 'PARALLEL' and n.condition_id is null
         order by n.pipeline_id desc, n.stage_name desc, n.action_name desc, n.sequence desc limit 1)`,
      ...some.flatMap(({ stageName, actionName }) => [stageName, actionName]),
      pipelineId,
      pipelineId,
    ),
  );
  return rows.map((row) => ({ ...toActionExecution(row), executionId: row.execution_id }));
}

/** Finds the latest check of each of these conditions, in no order; conditions that were never checked have none. */
export async function findLatestConditions(
  sql: Statements,
  pipelineId: string,
  asked: { stageName: string; kind: ConditionKind }[],
): Promise<CheckedCondition[]> {
  const checks = await inBatches(asked, (some) =>
    sql.all<ConditionExecutionRow>(
      `with asked (stage_name, kind) as (values ${placeholders(some, '(?, ?)')})
       select c.* from asked cross join condition_executions c
       where c.sequence = (select n.sequence from condition_executions n
         where ${inRange('n.pipeline_id, n.stage_name, n.kind', '?, asked.stage_name, asked.kind')}
           and n.execution_mode <> 'PARALLEL'
         order by n.pipeline_id desc, n.stage_name desc, n.kind desc, n.sequence desc limit 1)`,
      ...some.flatMap(({ stageName, kind }) => [stageName, kind]),
      pipelineId,
      pipelineId,
    ),
  );
  const ids = checks.map(({ id }) => id);
  const rules = await inBatches(ids, (some) =>
    sql.all<ActionExecutionRow>(
      `select * from action_executions where condition_id in (${placeholders(some)}) order by sequence`,
      ...some,
    ),
  );
  return checks.map((row) => ({
    ...toConditionExecution(row),
    executionId: row.execution_id,
    rules: rules.filter((rule) => rule.condition_id === row.id).map(toActionExecution),
  }));
}

/** Finds the latest execution that has succeeded in a stage under a version and is no rollback itself (behaviour C.7). */
export async function findLastSuccess(
  sql: Statements,
  pipelineId: string,
  stageName: string,
  version: number,
): Promise<string | undefined> {
  const row = await sql.get<{ id: string }>(
    `select e.id from stage_executions s join executions e on e.id = s.execution_id
     where s.pipeline_id = ? and s.stage_name = ? and s.pipeline_version = ? and s.status = 'Succeeded'
       and e.rollback_of is null order by s.execution_sequence desc limit 1`,
    pipelineId,
    stageName,
    version,
  );
  return row?.id;
}

/** Queries a batch at a time; a row that a padded batch finds twice is returned once. */
async function inBatches<Name, Row extends { sequence: number }>(
  names: Name[],
  query: (batch: Name[]) => Promise<Row[]>,
): Promise<Row[]> {
  const found = new Map<number, Row>();
  for (const batch of paddedBatches(names)) for (const row of await query(batch)) found.set(row.sequence, row);
  return [...found.values()];
}
