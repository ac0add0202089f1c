import type { Pipeline } from '../../model/pipeline.ts';

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
  /** See `executions/kept-states.ts`. */
  revision: number;
}

export function toPipeline(row: Omit<PipelineRow, 'revision'>): Pipeline {
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

/** A pipeline joined to another row: its columns under names that no other table has. */
export type OwnerRow = { [Column in OwnerColumn as `pipeline_row_${Column}`]: PipelineRow[Column] };

type OwnerColumn = Exclude<keyof PipelineRow, 'revision'>;

const pipelineColumns = [
  'id',
  'account',
  'region',
  'name',
  'version',
  'created_at',
  'updated_at',
  'deleted_at',
] as const satisfies OwnerColumn[];

/** Selects an `OwnerRow` from `pipelines p`. */
export const ownerColumns = pipelineColumns.map((column) => `p.${column} as pipeline_row_${column}`).join(', ');

export function toOwner(row: OwnerRow): Pipeline {
  const entries = pipelineColumns.map((column) => [column, row[`pipeline_row_${column}`]]);
  return toPipeline(Object.fromEntries(entries) as Omit<PipelineRow, 'revision'>);
}
