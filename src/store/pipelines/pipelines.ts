import type { ExecutionMode, PipelineType } from '../../contract/generated.ts';
import type { Pipeline, Scope, StoredDeclaration } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { nextTurn } from '../next-turn.ts';
import type { PipelineSummary } from '../store.ts';

/** `pipelines` as selected with `*`. */
export interface PipelineRow {
  id: string;
  account: string;
  region: string;
  name: string;
  version: number;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

export function toPipeline(row: PipelineRow): Pipeline {
  return {
    id: row.id,
    account: row.account,
    region: row.region,
    name: row.name,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
  };
}

/** A pipeline beside another row: its columns under names that no other table has. */
export type OwnerRow = { [Column in keyof PipelineRow as `pipeline_row_${Column}`]: PipelineRow[Column] };

const pipelineColumns = [
  'id',
  'account',
  'region',
  'name',
  'version',
  'created_at',
  'updated_at',
  'deleted_at',
] as const satisfies (keyof PipelineRow)[];

/** What selects an `OwnerRow` from `pipelines p`. */
export const ownerColumns = pipelineColumns.map((column) => `p.${column} as pipeline_row_${column}`).join(', ');

export function toOwner(row: OwnerRow): Pipeline {
  const entries = pipelineColumns.map((column) => [column, row[`pipeline_row_${column}`]]);
  return toPipeline(Object.fromEntries(entries) as PipelineRow);
}

export async function findPipeline(sql: Statements, scope: Scope, name: string): Promise<Pipeline | undefined> {
  const row = await sql.get<PipelineRow>(
    'select * from pipelines where account = ? and region = ? and name = ? and deleted_at is null',
    scope.account,
    scope.region,
    name,
  );
  return row && toPipeline(row);
}

export async function findDeclaration(
  sql: Statements,
  pipelineId: string,
  version: number,
): Promise<StoredDeclaration | undefined> {
  const text = await findDeclarationText(sql, pipelineId, version);
  if (text === undefined) return undefined;
  await nextTurn(text.length);
  return JSON.parse(text) as StoredDeclaration;
}

/** The declaration of a version as JSON. */
export async function findDeclarationText(
  sql: Statements,
  pipelineId: string,
  version: number,
): Promise<string | undefined> {
  const row = await sql.get<{ declaration: string }>(
    'select declaration from pipeline_versions where pipeline_id = ? and version = ?',
    pipelineId,
    version,
  );
  return row?.declaration;
}

/** Inserts the pipeline and its version; false when the name is taken. */
export async function insertPipeline(
  sql: Statements,
  pipeline: Pipeline,
  declaration: StoredDeclaration,
  tags: Record<string, string>,
): Promise<boolean> {
  const inserted = await sql.run(
    `insert into pipelines (id, account, region, name, version, tags, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    pipeline.id,
    pipeline.account,
    pipeline.region,
    pipeline.name,
    pipeline.version,
    JSON.stringify(tags),
    pipeline.createdAt,
    pipeline.updatedAt,
  );
  if (inserted === 0) return false;
  await insertVersion(sql, pipeline, declaration);
  return true;
}

async function insertVersion(sql: Statements, pipeline: Pipeline, declaration: StoredDeclaration): Promise<void> {
  await sql.run(
    `insert into pipeline_versions (pipeline_id, version, declaration, pipeline_type, execution_mode)
     values (?, ?, ?, ?, ?)`,
    pipeline.id,
    pipeline.version,
    JSON.stringify(declaration),
    declaration.pipelineType,
    declaration.executionMode,
  );
}

/**
 * Locks the pipeline and makes what `revise` answers for the current declaration its next version; nothing, or what it
 * throws, leaves everything as it was. Undefined when there is no such pipeline.
 */
export async function addPipelineVersion(
  sql: Statements,
  scope: Scope,
  name: string,
  revise: (current: StoredDeclaration) => StoredDeclaration | undefined,
  at: number,
): Promise<{ pipeline: Pipeline; declaration: StoredDeclaration; isRevised: boolean } | undefined> {
  const row = await sql.get<PipelineRow>(
    'select * from pipelines where account = ? and region = ? and name = ? and deleted_at is null {{for update}}',
    scope.account,
    scope.region,
    name,
  );
  if (!row) return undefined;
  const text = await findDeclarationText(sql, row.id, row.version);
  if (text === undefined) throw new Error(`pipeline ${row.id} has lost its version ${row.version}`);
  const current = JSON.parse(text) as StoredDeclaration;
  await nextTurn(text.length);
  const revised = revise(current);
  await nextTurn(text.length);
  if (!revised) return { pipeline: toPipeline(row), declaration: current, isRevised: false };
  const declaration = { ...revised, version: row.version + 1 };
  const pipeline = { ...toPipeline(row), version: declaration.version, updatedAt: at };
  await sql.run('update pipelines set version = ?, updated_at = ? where id = ?', pipeline.version, at, pipeline.id);
  await insertVersion(sql, pipeline, declaration);
  return { pipeline, declaration, isRevised: true };
}

interface DeclaredPipeline {
  pipeline: Pipeline;
  declaration: StoredDeclaration;
}

type DeclaredPipelineRow = PipelineRow & { declaration: string };

function toDeclared(row: DeclaredPipelineRow): DeclaredPipeline {
  return { pipeline: toPipeline(row), declaration: JSON.parse(row.declaration) as StoredDeclaration };
}

export async function listPipelines(
  sql: Statements,
  scope: Scope,
  page: { afterName: string; limit: number },
): Promise<DeclaredPipeline[]> {
  const rows = await sql.all<DeclaredPipelineRow>(
    `select p.*, v.declaration from pipelines p
     join pipeline_versions v on v.pipeline_id = p.id and v.version = p.version
     where p.account = ? and p.region = ? and p.name > ? and p.deleted_at is null order by p.name limit ?`,
    scope.account,
    scope.region,
    page.afterName,
    page.limit,
  );
  return rows.map(toDeclared);
}

export async function listAllPipelines(
  sql: Statements,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<DeclaredPipeline[]> {
  const rows = await sql.all<DeclaredPipelineRow>(
    `select p.*, v.declaration from pipelines p
     join pipeline_versions v on v.pipeline_id = p.id and v.version = p.version
     where p.id > ? and p.deleted_at is null order by p.id limit ?`,
    afterId,
    limit,
  );
  return rows.map(toDeclared);
}

/** The same without the declarations, which may have megabytes each. */
export async function summarizePipelines(
  sql: Statements,
  scope: Scope,
  page: { afterName: string; limit: number },
): Promise<PipelineSummary[]> {
  type Row = PipelineRow & { pipeline_type: PipelineType | null; execution_mode: ExecutionMode | null };
  const rows = await sql.all<Row>(
    `select p.*, v.pipeline_type, v.execution_mode from pipelines p
     join pipeline_versions v on v.pipeline_id = p.id and v.version = p.version
     where p.account = ? and p.region = ? and p.name > ? and p.deleted_at is null order by p.name limit ?`,
    scope.account,
    scope.region,
    page.afterName,
    page.limit,
  );
  const summaries: PipelineSummary[] = [];
  for (const row of rows) {
    const { pipeline_type: pipelineType, execution_mode: executionMode } = row;
    const older =
      pipelineType === null || executionMode === null ? await findDeclaration(sql, row.id, row.version) : undefined;
    summaries.push({
      pipeline: toPipeline(row),
      pipelineType: older?.pipelineType ?? pipelineType ?? undefined,
      executionMode: older?.executionMode ?? executionMode ?? undefined,
    });
  }
  return summaries;
}

export async function countPipelines(sql: Statements, scope: Scope): Promise<number> {
  const row = await sql.get<{ count: number }>(
    'select count(*) as count from pipelines where account = ? and region = ? and deleted_at is null',
    scope.account,
    scope.region,
  );
  return row?.count ?? 0;
}
