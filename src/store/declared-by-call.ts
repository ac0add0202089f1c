import { ServiceError } from '../contract/errors.ts';
import type { Origin } from '../model/job-event.ts';
import type { Scope } from '../model/pipeline.ts';
import type { Resource, ResourceKind } from '../model/resource.ts';
import { insertAuditEntry } from './audit.ts';
import type { Statements } from './database.ts';

/** The most resources of a kind in an account and Region. */
export const mostOfKind = 1000;

/** Who changes a resource by which operation, and when. */
interface ResourceCall {
  at: number;
  origin: Origin;
  /** The operation, for the audit. */
  action: string;
}

/** Stores a resource that is new; returns false if there is one of its name. Throws LimitExceededException if there are too many. */
export async function createResource(
  sql: Statements,
  scope: Scope,
  { kind, name, document }: Resource,
  { at, origin, action }: ResourceCall,
): Promise<boolean> {
  const inserted = await sql.run(
    `insert into resources (account, region, kind, name, document, version, created_at, updated_at, updated_by)
     values (?, ?, ?, ?, ?, 1, ?, ?, ?) on conflict (account, region, kind, name) do nothing`,
    scope.account,
    scope.region,
    kind,
    name,
    JSON.stringify(document),
    at,
    at,
    origin.callerArn,
  );
  if (inserted === 0) return false;
  await refuseTooMany(sql, scope, kind);
  await insertAuditEntry(sql, scope, { at, origin, action, subject: `${kind}/${name}` });
  return true;
}

/**
 * Replaces the document of a resource by what `change` returns, under a lock on the row; false if there is no such resource.
 * `change` may refuse by throwing a ServiceError and may run more than once.
 */
export async function changeResource(
  sql: Statements,
  scope: Scope,
  { kind, name }: Pick<Resource, 'kind' | 'name'>,
  change: (document: Resource['document']) => Resource['document'],
  { at, origin, action }: ResourceCall,
): Promise<boolean> {
  const key = [scope.account, scope.region, kind, name];
  const where = 'account = ? and region = ? and kind = ? and name = ?';
  const row = await sql.get<{ document: string }>(
    `select document from resources where ${where} {{for update}}`,
    ...key,
  );
  if (!row) return false;
  const document = JSON.stringify(change(JSON.parse(row.document) as Resource['document']));
  if (document === row.document) return true;
  await sql.run(
    `update resources set document = ?, version = version + 1, updated_at = ?, updated_by = ? where ${where}`,
    document,
    at,
    origin.callerArn,
    ...key,
  );
  await insertAuditEntry(sql, scope, { at, origin, action, subject: `${kind}/${name}` });
  return true;
}

/** Throws LimitExceededException if there are more resources of a kind than there can be. */
export async function refuseTooMany(sql: Statements, { account, region }: Scope, kind: ResourceKind): Promise<void> {
  const row = await sql.get<{ count: number }>(
    'select count(*) as count from resources where account = ? and region = ? and kind = ?',
    account,
    region,
    kind,
  );
  if ((row?.count ?? 0) <= mostOfKind) return;
  throw new ServiceError(
    'LimitExceededException',
    `There can be ${mostOfKind} resources of the kind ${kind} in a Region.`,
  );
}
