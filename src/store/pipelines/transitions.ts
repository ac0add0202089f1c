import type { Transition } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';

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
