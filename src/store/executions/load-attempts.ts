import type { ActionExecution, Execution, StageExecution } from '../../model/execution.ts';
import type { StoredDeclaration } from '../../model/pipeline.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { isInside } from '../../model/status.ts';
import type { Statements } from '../database.ts';
import { paddedBatches } from '../padded-batches.ts';
import type { ActionReference, ReadDeclaration } from '../pipelines/declarations.ts';
import type { ActionExecutionRow } from './execution-row.ts';

/**
 * Finds the attempts that a decision needs if the execution only continues from where it is: those of its current
 * stages, the one of the event, and the successes in past stages that this and later stages refer to. So an execution near
 * the end of 1,000 actions is as cheap to advance as one at its start.
 */
export async function findAttemptsAhead(
  sql: Statements,
  { id, waitingStage, stages }: Execution & { stages: StageExecution[] },
  actionId: string | undefined,
  { declaration, suppliersOf }: ReadDeclaration,
): Promise<ActionExecutionRow[]> {
  const { inside, first } = positionOf({ waitingStage, stages }, declaration);
  const found = await Promise.all([
    ...inside.map((stageName) => findInStage(sql, id, stageName)),
    first ? findSuccesses(sql, id, suppliersOf(first)) : [],
  ]);
  // A padded batch may find a row twice.
  const once = new Map(found.flat().map((row) => [row.sequence, row]));
  // The result of a job may arrive late, when its execution has left the stage.
  const isThere = [...once.values()].some(({ id: found }) => found === actionId);
  if (actionId !== undefined && !isThere)
    for (const row of await findOne(sql, id, actionId)) once.set(row.sequence, row);
  return [...once.values()].sort((left, right) => left.sequence - right.sequence);
}

/** Returns those of the execution's attempts that `findAttemptsAhead` finds. */
export function attemptsAhead(
  execution: ExecutionSnapshot,
  { declaration, suppliersOf }: ReadDeclaration,
): ActionExecution[] {
  const { inside, first } = positionOf(execution, declaration);
  const here = new Set(inside);
  const suppliers = first === undefined ? [] : suppliersOf(first);
  const supplies = new Set(suppliers.map(({ stageName, actionName }) => `${stageName}/${actionName}`));
  return execution.actions.filter(
    ({ stageName, actionName, status, isRetried }) =>
      here.has(stageName) || (status === 'Succeeded' && !isRetried && supplies.has(`${stageName}/${actionName}`)),
  );
}

/** Returns the stages that an execution is inside, and the first that it is inside or waits for. */
function positionOf(
  { waitingStage, stages }: Pick<ExecutionSnapshot, 'waitingStage' | 'stages'>,
  declaration: StoredDeclaration,
): { inside: string[]; first?: string } {
  const inside = stages.filter(({ status }) => isInside(status)).map(({ stageName }) => stageName);
  const here = new Set([...inside, waitingStage]);
  return { inside, first: declaration.stages.find(({ name }) => here.has(name))?.name };
}

async function findOne(sql: Statements, executionId: string, id: string): Promise<ActionExecutionRow[]> {
  const rows = await sql.all<ActionExecutionRow>('select * from action_executions where id = ?', id);
  return rows.filter((row) => row.execution_id === executionId);
}

function findInStage(sql: Statements, executionId: string, stageName: string): Promise<ActionExecutionRow[]> {
  return sql.all<ActionExecutionRow>(
    'select * from action_executions where execution_id = ? and stage_name = ?',
    executionId,
    stageName,
  );
}

async function findSuccesses(
  sql: Statements,
  executionId: string,
  actions: ActionReference[],
): Promise<ActionExecutionRow[]> {
  const found: ActionExecutionRow[] = [];
  for (const batch of paddedBatches(actions)) {
    const asked = batch.map(() => '(?, ?)').join(', ');
    const rows = await sql.all<ActionExecutionRow>(
      `with asked (stage_name, action_name) as (values ${asked})
       select a.* from asked cross join action_executions a
       where a.execution_id = ? and a.stage_name = asked.stage_name and a.action_name = asked.action_name
         and a.status = 'Succeeded' and a.is_retried = 0`,
      ...batch.flatMap(({ stageName, actionName }) => [stageName, actionName]),
      executionId,
    );
    found.push(...rows);
  }
  return found;
}
