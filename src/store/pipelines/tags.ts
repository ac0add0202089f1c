import { actionTypeKey } from '../../model/action-type.ts';
import type { TaggedRow } from '../../model/arn.ts';
import type { Scope } from '../../model/pipeline.ts';
import { bind, type Database, type Parameter, type Statements } from '../database.ts';

/** The tags of every kind of resource that can have them; they are part of the resource's own row. */
export function tagRows(database: Database) {
  return {
    ...bind(database, 'read', { find: findTags }),
    ...bind(database, 'write', { change: changeTags }),
  };
}

/** Returns the table of a resource's row and the condition that finds it. */
function locate(scope: Scope, resource: TaggedRow): { table: string; where: string; parameters: Parameter[] } {
  const { account, region } = scope;
  const inScope = 'account = ? and region = ?';
  switch (resource.kind) {
    case 'pipeline':
      return {
        table: 'pipelines',
        where: `${inScope} and name = ? and deleted_at is null`,
        parameters: [account, region, resource.name],
      };
    case 'webhook':
      return { table: 'webhooks', where: `${inScope} and name = ?`, parameters: [account, region, resource.name] };
    case 'actionType':
      return {
        table: 'action_types',
        where: `${inScope} and type_key = ? and deleted_at is null`,
        parameters: [account, region, actionTypeKey(resource.id)],
      };
    case 'connection':
      return { table: 'connections', where: `${inScope} and arn = ?`, parameters: [account, region, resource.arn] };
    case 'eventRule':
      return { table: 'event_rules', where: `${inScope} and name = ?`, parameters: [account, region, resource.name] };
    default:
      return resource satisfies never;
  }
}

/** Returns undefined if there is no such resource. */
async function findTags(
  sql: Statements,
  scope: Scope,
  resource: TaggedRow,
): Promise<Record<string, string> | undefined> {
  const { table, where, parameters } = locate(scope, resource);
  const row = await sql.get<{ tags: string }>(`select tags from ${table} where ${where}`, ...parameters);
  return row && (JSON.parse(row.tags) as Record<string, string>);
}

/**
 * Replaces the tags by what `change` returns, under a lock on the row; false if there is no such resource. `change` may
 * refuse by throwing a ServiceError and may run more than once.
 */
async function changeTags(
  sql: Statements,
  scope: Scope,
  resource: TaggedRow,
  change: (tags: Record<string, string>) => Record<string, string>,
): Promise<boolean> {
  const { table, where, parameters } = locate(scope, resource);
  const row = await sql.get<{ tags: string }>(`select tags from ${table} where ${where} {{for update}}`, ...parameters);
  if (!row) return false;
  const tags = JSON.stringify(change(JSON.parse(row.tags) as Record<string, string>));
  if (tags !== row.tags) await sql.run(`update ${table} set tags = ? where ${where}`, tags, ...parameters);
  return true;
}
