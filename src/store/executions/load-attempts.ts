import type { Execution, StageExecution } from '../../model/execution.ts';
import { isInside } from '../../model/status.ts';
import type { Statements } from '../database.ts';
import type { ActionPlace, ReadDeclaration } from '../pipelines/declarations.ts';
import type { ActionExecutionRow, JobRow } from './execution-rows.ts';
import { portionsOf } from './padded-batches.ts';

/**
 * The attempts a decision needs when an execution only goes on from where it is: those of the stages it is inside of, the
 * one a job is about, and of the stages behind it the successes that the stages from here on refer to. An execution near
 * the end of 1,000 actions is as cheap to move as one at its beginning.
 */
export async function findAttemptsAhead(
  sql: Statements,
  { id, waitingStage, stages }: Execution & { stages: StageExecution[] },
  job: JobRow | undefined,
  { declaration, suppliersOf }: ReadDeclaration,
): Promise<ActionExecutionRow[]> {
  const inside = stages.filter(({ status }) => isInside(status));
  const here = new Set([...inside.map(({ stageName }) => stageName), waitingStage]);
  const first = declaration.stages.find(({ name }) => here.has(name));
  const found = await Promise.all([
    ...inside.map(({ stageName }) => findInStage(sql, id, stageName)),
    first ? findSuccesses(sql, id, suppliersOf(first.name)) : [],
  ]);
  const once = new Map(found.flat().map((row) => [row.sequence, row]));
  // A job may be reported on late, when its execution has left the stage of its action.
  const isThere = [...once.values()].some((row) => row.id === job?.action_execution_id);
  if (job && !isThere) for (const row of await findOfJob(sql, job)) once.set(row.sequence, row);
  return [...once.values()].sort((left, right) => left.sequence - right.sequence);
}

function findOfJob(sql: Statements, job: JobRow): Promise<ActionExecutionRow[]> {
  return sql.all<ActionExecutionRow>('select * from action_executions where id = ?', job.action_execution_id);
}

function findInStage(sql: Statements, executionId: string, stageName: string): Promise<ActionExecutionRow[]> {
  return sql.all<ActionExecutionRow>(
    'select * from action_executions where execution_id = ? and stage_name = ?',
    executionId,
    stageName,
  );
}

/** Asks for portions of few fixed sizes: the last one repeats a place, and what it finds counts once. */
async function findSuccesses(
  sql: Statements,
  executionId: string,
  places: ActionPlace[],
): Promise<ActionExecutionRow[]> {
  const found: ActionExecutionRow[] = [];
  for (const portion of portionsOf(places)) {
    const asked = portion.map(() => '(?, ?)').join(', ');
    const rows = await sql.all<ActionExecutionRow>(
      `with asked (stage_name, action_name) as (values ${asked})
       select a.* from asked cross join action_executions a
       where a.execution_id = ? and a.stage_name = asked.stage_name and a.action_name = asked.action_name
         and a.status = 'Succeeded' and a.is_retried = 0`,
      ...portion.flatMap(({ stageName, actionName }) => [stageName, actionName]),
      executionId,
    );
    found.push(...rows);
  }
  return found;
}
