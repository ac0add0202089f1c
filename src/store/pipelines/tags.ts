import { actionTypeKey } from '../../model/action-type.ts';
import type { TaggedResource } from '../../model/arn.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Parameter, Statements } from '../database.ts';

/** The table a resource's row stands in and what finds it there. */
function locate(scope: Scope, resource: TaggedResource): { table: string; where: string; parameters: Parameter[] } {
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
    default:
      return resource satisfies never;
  }
}

/** The tags of a resource; undefined when there is no such row. */
export async function findTags(
  sql: Statements,
  scope: Scope,
  resource: TaggedResource,
): Promise<Record<string, string> | undefined> {
  const { table, where, parameters } = locate(scope, resource);
  const row = await sql.get<{ tags: string }>(`select tags from ${table} where ${where}`, ...parameters);
  return row && (JSON.parse(row.tags) as Record<string, string>);
}

/** Replaces the tags by what `change` makes of them, under a lock on the row. */
export async function changeTags(
  sql: Statements,
  scope: Scope,
  resource: TaggedResource,
  change: (tags: Record<string, string>) => Record<string, string>,
): Promise<boolean> {
  const { table, where, parameters } = locate(scope, resource);
  const row = await sql.get<{ tags: string }>(`select tags from ${table} where ${where} {{for update}}`, ...parameters);
  if (!row) return false;
  const tags = JSON.stringify(change(JSON.parse(row.tags) as Record<string, string>));
  if (tags !== row.tags) await sql.run(`update ${table} set tags = ? where ${where}`, tags, ...parameters);
  return true;
}
