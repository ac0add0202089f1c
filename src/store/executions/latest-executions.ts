import type { ConditionKind } from '../../model/condition.ts';
import type { Statements } from '../database.ts';
import type { ActionAttempt, CheckedCondition, StagePassage } from '../store.ts';
import { type ConditionExecutionRow, toConditionExecution } from './conditions.ts';
import {
  type ActionExecutionRow,
  type StageExecutionRow,
  toActionExecution,
  toStageExecution,
} from './execution-rows.ts';
import { portionsOf } from './padded-batches.ts';

/** The newest passage through each of these stages; those nothing has entered have none. PARALLEL executions do not count. */
export async function findNewestStages(
  sql: Statements,
  pipelineId: string,
  stageNames: string[],
): Promise<StagePassage[]> {
  const rows = await inPortions(stageNames, (names) =>
    sql.all<StageExecutionRow & { rollback_of: string | null }>(
      `with asked (stage_name) as (values ${places(names, '(?)')})
       select s.*, e.rollback_of from asked
       cross join stage_executions s join executions e on e.id = s.execution_id
       where s.sequence = (select n.sequence from stage_executions n
         where ${only('n.pipeline_id, n.stage_name', '?, asked.stage_name')} and n.execution_mode <> 'PARALLEL'
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

/** The newest attempt of each of these actions; those that have never started have none. */
export async function findNewestActions(
  sql: Statements,
  pipelineId: string,
  actions: { stageName: string; actionName: string }[],
): Promise<ActionAttempt[]> {
  const rows = await inPortions(actions, (some) =>
    sql.all<ActionExecutionRow>(
      `with asked (stage_name, action_name) as (values ${places(some, '(?, ?)')})
       select a.* from asked cross join action_executions a
       where a.sequence = (select n.sequence from action_executions n
         where ${only('n.pipeline_id, n.stage_name, n.action_name', '?, asked.stage_name, asked.action_name')}
           and n.execution_mode <> 'PARALLEL' and n.condition_id is null
         order by n.pipeline_id desc, n.stage_name desc, n.action_name desc, n.sequence desc limit 1)`,
      ...some.flatMap(({ stageName, actionName }) => [stageName, actionName]),
      pipelineId,
      pipelineId,
    ),
  );
  return rows.map((row) => ({ ...toActionExecution(row), executionId: row.execution_id }));
}

/** The newest check of each of these conditions with its rules; those that were never checked have none. */
export async function findNewestConditions(
  sql: Statements,
  pipelineId: string,
  asked: { stageName: string; kind: ConditionKind }[],
): Promise<CheckedCondition[]> {
  const checks = await inPortions(asked, (some) =>
    sql.all<ConditionExecutionRow>(
      `with asked (stage_name, kind) as (values ${places(some, '(?, ?)')})
       select c.* from asked cross join condition_executions c
       where c.sequence = (select n.sequence from condition_executions n
         where ${only('n.pipeline_id, n.stage_name, n.kind', '?, asked.stage_name, asked.kind')}
           and n.execution_mode <> 'PARALLEL'
         order by n.pipeline_id desc, n.stage_name desc, n.kind desc, n.sequence desc limit 1)`,
      ...some.flatMap(({ stageName, kind }) => [stageName, kind]),
      pipelineId,
      pipelineId,
    ),
  );
  const ids = checks.map(({ id }) => id);
  const rules = await inPortions(ids, (some) =>
    sql.all<ActionExecutionRow>(
      `select * from action_executions where condition_id in (${places(some, '?')}) order by sequence`,
      ...some,
    ),
  );
  return checks.map((row) => ({
    ...toConditionExecution(row),
    executionId: row.execution_id,
    rules: rules.filter((rule) => rule.condition_id === row.id).map(toActionExecution),
  }));
}

/** The newest execution that has succeeded in a stage under a version and is no rollback itself (behaviour C.7). */
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

/**
 * That these columns are exactly these values, said as a range: where they are equal to something, PostgreSQL may look for
 * the newest row through all rows of all pipelines in the order of their sequence, and does when it expects to meet one soon.
 */
function only(columns: string, values: string): string {
  return `(${columns}) >= (${values}) and (${columns}) <= (${values})`;
}

function places(asked: unknown[], place: string): string {
  return asked.map(() => place).join(', ');
}

/** Asks for a portion at a time: the last one repeats a name, and its row is told once. */
async function inPortions<Name, Row extends { sequence: number }>(
  names: Name[],
  ask: (portion: Name[]) => Promise<Row[]>,
): Promise<Row[]> {
  const found = new Map<number, Row>();
  for (const portion of portionsOf(names)) for (const row of await ask(portion)) found.set(row.sequence, row);
  return [...found.values()];
}
