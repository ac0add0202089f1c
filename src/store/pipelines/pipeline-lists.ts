import type { ExecutionMode, PipelineType } from '../../contract/generated.ts';
import type { Pipeline, Scope, StoredDeclaration } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { type PipelineRow, toPipeline } from './pipeline-row.ts';
import { findDeclaration } from './pipeline-versions.ts';

/** A pipeline as ListPipelines shows it. */
interface PipelineSummary extends Partial<Pick<StoredDeclaration, 'pipelineType' | 'executionMode'>> {
  pipeline: Pipeline;
}

interface DeclaredPipeline {
  pipeline: Pipeline;
  declaration: StoredDeclaration;
}

type DeclaredPipelineRow = PipelineRow & { declaration: string };

function toDeclared(row: DeclaredPipelineRow): DeclaredPipeline {
  return { pipeline: toPipeline(row), declaration: JSON.parse(row.declaration) as StoredDeclaration };
}

/** Lists by name, after `afterName`, at most `limit`. */
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

/** Lists the pipelines of every account and Region by id, after `afterId`, at most `limit`. */
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

/** Lists by name without reading the declarations, which may have megabytes each. */
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
