import type { Pipeline, StoredDeclaration } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { findDeclaration } from '../pipelines/pipeline-versions.ts';
import { findConditions } from './conditions.ts';
import type { ExecutionRow } from './execution-row.ts';
import { findLastSuccess, findLatestActions, findLatestConditions, findLatestStages } from './latest-executions.ts';

/**
 * Returns whether an ended execution has to be kept with its rows and artifacts, however old it is: GetPipelineState
 * shows it, a rollback would return to it, or an existing rollback did. Deleted pipelines reference nothing.
 */
export async function isExecutionReferenced(
  sql: Statements,
  pipeline: Pipeline,
  execution: ExecutionRow,
): Promise<boolean> {
  if (pipeline.deletedAt !== undefined) return false;
  const declaration = await findDeclaration(sql, pipeline.id, pipeline.version);
  if (!declaration) throw new Error(`pipeline ${pipeline.id} has lost its version ${pipeline.version}`);
  return (
    (await hasRollback(sql, execution)) ||
    (await isShown(sql, pipeline, declaration, execution)) ||
    (await isRollbackTarget(sql, pipeline, declaration, execution))
  );
}

async function hasRollback(sql: Statements, { id }: ExecutionRow): Promise<boolean> {
  const row = await sql.get('select id from executions where rollback_target = ? limit 1', id);
  return row !== undefined;
}

/** Returns whether it was the last to enter a declared stage, start a declared action or check a condition (behaviour C.16). */
async function isShown(
  sql: Statements,
  pipeline: Pipeline,
  { stages }: StoredDeclaration,
  { id }: ExecutionRow,
): Promise<boolean> {
  const declared = new Map(stages.map((stage) => [stage.name, new Set(stage.actions.map(({ name }) => name))]));
  const passed = await sql.all<{ stage_name: string }>(
    'select stage_name from stage_executions where execution_id = ?',
    id,
  );
  const names = passed.map((row) => row.stage_name).filter((name) => declared.has(name));
  const passages = await findLatestStages(sql, pipeline.id, names);
  if (passages.some(({ executionId }) => executionId === id)) return true;
  const started = await sql.all<{ stage_name: string; action_name: string }>(
    'select stage_name, action_name from action_executions where execution_id = ?',
    id,
  );
  const actions = started
    .filter((row) => declared.get(row.stage_name)?.has(row.action_name))
    .map((row) => ({ stageName: row.stage_name, actionName: row.action_name }));
  const attempts = await findLatestActions(sql, pipeline.id, actions);
  if (attempts.some(({ executionId }) => executionId === id)) return true;
  const checked = await findConditions(sql, id);
  const checks = await findLatestConditions(
    sql,
    pipeline.id,
    checked.filter(({ stageName }) => declared.has(stageName)),
  );
  return checks.some(({ executionId }) => executionId === id);
}

/** Returns whether it is the latest that has succeeded in a stage under the current version (behaviour C.7). */
async function isRollbackTarget(
  sql: Statements,
  pipeline: Pipeline,
  { stages }: StoredDeclaration,
  { id, pipeline_version: version, rollback_of: rollback }: ExecutionRow,
): Promise<boolean> {
  if (version !== pipeline.version || rollback !== null) return false;
  for (const { name } of stages) {
    if ((await findLastSuccess(sql, pipeline.id, name, version)) === id) return true;
  }
  return false;
}
