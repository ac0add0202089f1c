import type { ExecutionMode } from '../../contract/generated.ts';
import type { Transition } from '../../model/pipeline.ts';
import type { StageOccupancy } from '../../model/snapshot.ts';
import { catalogueVersion } from '../action-types/action-types.ts';
import type { Statements } from '../database.ts';
import { isRunning } from '../fragments.ts';

/** The surroundings of an execution in its pipeline. Every event needs them, so one statement reads them all. */
export interface Surroundings {
  holders: { executionId: string; stageName: string }[];
  /** In order of arrival; PARALLEL executions only if they have not expired. */
  waiters: { executionId: string; stageName: string; mode: ExecutionMode; hasExpired: boolean }[];
  /** By stage; only transitions that were ever disabled. */
  transitions: Map<string, Transition>;
  /** How many executions of the pipeline have not ended. */
  runningExecutions: number;
  /** Whether one of them is PARALLEL. */
  hasParallel: boolean;
  catalogueVersion: string;
}

/** A row of one kind; columns that the kind doesn't have are empty. */
interface SurroundingRow {
  kind: 'holder' | 'waiter' | 'transition' | 'running' | 'parallel' | 'catalogue';
  id: string | null;
  stage_name: string | null;
  detail: string | null;
  flag: number;
  first_number: number;
  second_number: number;
}

const statement = `select 'holder' as kind, execution_id as id, stage_name, '' as detail, 0 as flag,
    0 as first_number, 0 as second_number
  from stage_executions where pipeline_id = ? and is_locking = 1
  union all select 'waiter', id, waiting_stage, execution_mode, has_lapsed, arrival, sequence
  from executions where pipeline_id = ? and waiting_stage is not null and (has_lapsed = 0 or execution_mode <> 'PARALLEL')
  union all select 'transition', changed_by, stage_name, disabled_reason, enabled, changed_at, 0
  from stage_transitions where pipeline_id = ?
  union all select 'running', '', '', '', 0, count(*), 0
  from executions where pipeline_id = ? and ${isRunning()}
  union all select 'parallel', '', '', '', case when exists (select 1 from executions
    where pipeline_id = ? and execution_mode = 'PARALLEL' and ${isRunning()}) then 1 else 0 end, 0, 0
  union all select 'catalogue', value, '', '', 0, 0, 0 from settings where name = '${catalogueVersion}'`;

export async function readOccupancy(sql: Statements, pipelineId: string): Promise<Surroundings> {
  const rows = await sql.all<SurroundingRow>(statement, ...Array.from({ length: 5 }, () => pipelineId));
  const of = (kind: SurroundingRow['kind']) => rows.filter((row) => row.kind === kind);
  return {
    holders: of('holder').map(({ id, stage_name: stageName }) => ({
      executionId: String(id),
      stageName: String(stageName),
    })),
    waiters: of('waiter')
      .sort((one, other) => one.first_number - other.first_number || one.second_number - other.second_number)
      .map((row) => ({
        executionId: String(row.id),
        stageName: String(row.stage_name),
        mode: row.detail as ExecutionMode,
        hasExpired: row.flag === 1,
      })),
    transitions: new Map(of('transition').map((row) => [String(row.stage_name), toTransition(row)])),
    runningExecutions: of('running')[0]?.first_number ?? 0,
    hasParallel: of('parallel')[0]?.flag === 1,
    catalogueVersion: of('catalogue')[0]?.id ?? '',
  };
}

function toTransition(row: SurroundingRow): Transition {
  return {
    enabled: row.flag === 1,
    disabledReason: row.detail ?? undefined,
    changedBy: String(row.id),
    changedAt: row.first_number,
  };
}

/**
 * Returns for each stage its holder, the executions that wait for it in order of arrival, and its inbound transition.
 * Occupied stages that are not in `stageNames`, which executions of earlier versions still pass through, come last.
 */
export function occupancyOf({ holders, waiters, transitions }: Surroundings, stageNames: string[]): StageOccupancy[] {
  const queue = (stageName: string, isExpired: boolean, isParallel: boolean) =>
    waiters
      .filter((waiter) => waiter.stageName === stageName && waiter.hasExpired === isExpired)
      .filter(({ mode }) => (mode === 'PARALLEL') === isParallel)
      .map(({ executionId }) => executionId);
  const occupied = [...holders, ...waiters].map(({ stageName }) => stageName);
  return [...new Set([...stageNames, ...occupied])].map((stageName) => ({
    stageName,
    holder: holders.find((holder) => holder.stageName === stageName)?.executionId,
    waiting: queue(stageName, false, false),
    expired: queue(stageName, true, false),
    waitingParallel: queue(stageName, false, true),
    transition: transitions.get(stageName),
  }));
}

/** Stores the inbound transition of a stage. */
export function putTransition(
  sql: Statements,
  pipelineId: string,
  stageName: string,
  { enabled, disabledReason, changedBy, changedAt }: Transition,
): void {
  sql.send(
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
