import type { Transition } from '../../model/transition.ts';
import type { Statements } from '../database.ts';

interface TransitionRow {
  stage_name: string;
  enabled: number;
  disabled_reason: string | null;
  changed_by: string;
  changed_at: number;
}

/** The transitions somebody has touched, by stage. */
export async function readTransitions(sql: Statements, pipelineId: string): Promise<Map<string, Transition>> {
  const rows = await sql.all<TransitionRow>('select * from stage_transitions where pipeline_id = ?', pipelineId);
  return new Map(
    rows.map((row) => [
      row.stage_name,
      {
        enabled: row.enabled === 1,
        disabledReason: row.disabled_reason ?? undefined,
        changedBy: row.changed_by,
        changedAt: row.changed_at,
      },
    ]),
  );
}

export async function putTransition(
  sql: Statements,
  pipelineId: string,
  stageName: string,
  { enabled, disabledReason, changedBy, changedAt }: Transition,
): Promise<void> {
  await sql.run(
    `insert into stage_transitions (pipeline_id, stage_name, enabled, disabled_reason, changed_by, changed_at)
     values (?, ?, ?, ?, ?, ?)
     on conflict (pipeline_id, stage_name) do update set enabled = excluded.enabled,
       disabled_reason = excluded.disabled_reason, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
    pipelineId,
    stageName,
    enabled ? 1 : 0,
    disabledReason ?? null,
    changedBy,
    changedAt,
  );
}
