import type { Origin } from '../model/job-event.ts';
import type { Scope } from '../model/pipeline.ts';
import type { Resource, ResourceKind, StoredResource } from '../model/resource.ts';
import { insertAuditEntry } from './audit.ts';
import { bind, type Database, type Statements } from './database.ts';
import { changeResource, createResource, mostOfKind, refuseTooMany } from './declared-by-call.ts';
import { endDeliveriesTo, hurryDeliveriesTo } from './event-deliveries/lanes.ts';
import { deleteHook } from './hooks/repository-hooks.ts';

/** What AWS keeps in other services. */
export function resourceRows(database: Database) {
  return {
    ...bind(database, 'read', {
      find: findResource,
      list: listResources,
      ofKind: resourcesOfKind,
      names: namesOfKind,
      isUsed,
    }),
    ...bind(database, 'write', {
      put: putResources,
      create: createResource,
      change: changeResource,
      delete: deleteResource,
    }),
  };
}

interface ResourceRow {
  kind: ResourceKind;
  name: string;
  document: string;
  version: number;
  created_at: number;
  updated_at: number;
  updated_by: string;
}

function toResource(row: ResourceRow): StoredResource {
  return {
    kind: row.kind,
    name: row.name,
    document: JSON.parse(row.document) as Resource['document'],
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
  };
}

async function findResource(
  sql: Statements,
  { account, region }: Scope,
  kind: ResourceKind,
  name: string,
): Promise<StoredResource | undefined> {
  const row = await sql.get<ResourceRow>(
    'select * from resources where account = ? and region = ? and kind = ? and name = ?',
    account,
    region,
    kind,
    name,
  );
  return row && toResource(row);
}

/** Lists resources by kind and name, after one of them, at most `limit`. */
async function listResources(
  sql: Statements,
  { account, region }: Scope,
  { after = { kind: '', name: '' }, limit }: { after?: { kind: string; name: string }; limit: number },
): Promise<StoredResource[]> {
  const rows = await sql.all<ResourceRow>(
    `select * from resources where account = ? and region = ? and (kind, name) > (?, ?) order by kind, name limit ?`,
    account,
    region,
    after.kind,
    after.name,
    limit,
  );
  return rows.map(toResource);
}

async function resourcesOfKind(
  sql: Statements,
  { account, region }: Scope,
  kind: ResourceKind,
): Promise<StoredResource[]> {
  const rows = await sql.all<ResourceRow>(
    'select * from resources where account = ? and region = ? and kind = ? order by name limit ?',
    account,
    region,
    kind,
    mostOfKind,
  );
  return rows.map(toResource);
}

/** Lists the names of the resources of a kind, and when they were created and changed, without their documents. */
async function namesOfKind(
  sql: Statements,
  { account, region }: Scope,
  kind: ResourceKind,
): Promise<Pick<StoredResource, 'name' | 'createdAt' | 'updatedAt'>[]> {
  const rows = await sql.all<Pick<ResourceRow, 'name' | 'created_at' | 'updated_at'>>(
    'select name, created_at, updated_at from resources where account = ? and region = ? and kind = ? order by name',
    account,
    region,
    kind,
  );
  return rows.map(({ name, created_at, updated_at }) => ({ name, createdAt: created_at, updatedAt: updated_at }));
}

/** Reports whether there is a resource of a kind in any account and Region. */
async function isUsed(sql: Statements, kind: ResourceKind): Promise<boolean> {
  return (await sql.get('select 1 as found from resources where kind = ? limit 1', kind)) !== undefined;
}

/** Stores resources, new ones or new versions, and records who did it. All or none. */
async function putResources(
  sql: Statements,
  scope: Scope,
  resources: Resource[],
  { at, origin }: { at: number; origin: Origin },
): Promise<void> {
  for (const { kind, name, document } of resources) {
    await sql.run(
      `insert into resources (account, region, kind, name, document, version, created_at, updated_at, updated_by)
       values (?, ?, ?, ?, ?, 1, ?, ?, ?)
       on conflict (account, region, kind, name) do update set document = excluded.document,
         version = resources.version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
      scope.account,
      scope.region,
      kind,
      name,
      JSON.stringify(document),
      at,
      at,
      origin.callerArn,
    );
    await insertAuditEntry(sql, scope, { at, origin, action: 'ApplyResources', subject: `${kind}/${name}` });
    if (kind === 'EventTarget')
      await hurryDeliveriesTo(sql, { account: scope.account, region: scope.region, destination: kind, name }, at);
  }
  for (const kind of new Set(resources.map((resource) => resource.kind))) await refuseTooMany(sql, scope, kind);
}

/** Returns false if there is no such resource. */
async function deleteResource(
  sql: Statements,
  scope: Scope,
  { kind, name }: { kind: ResourceKind; name: string },
  { at, origin, action = 'DeleteResource' }: { at: number; origin: Origin; action?: string },
): Promise<boolean> {
  const deleted = await sql.run(
    'delete from resources where account = ? and region = ? and kind = ? and name = ?',
    scope.account,
    scope.region,
    kind,
    name,
  );
  if (deleted === 0) return false;
  if (kind === 'Repository') await deleteHook(sql, scope, name);
  await insertAuditEntry(sql, scope, { at, origin, action, subject: `${kind}/${name}` });
  if (kind === 'EventTarget') {
    const receiver = { account: scope.account, region: scope.region, destination: kind, name };
    await endDeliveriesTo(sql, receiver, { at, failure: 'The target has been deleted.' });
  }
  return true;
}
