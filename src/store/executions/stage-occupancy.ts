import type { Transition } from '../../model/pipeline.ts';
import type { Snapshot, StageOccupancy } from '../../model/snapshot.ts';
import { catalogueVersion } from '../action-types/action-types.ts';
import type { Statements } from '../database.ts';
import { isRunning } from '../fragments.ts';

/** The surroundings of an execution in its pipeline. */
export interface Surroundings extends Pick<Snapshot, 'runningExecutions'> {
  /** Every stage that is occupied or has a transition. Of PARALLEL executions only those that have not expired wait. */
  stages: Map<string, StageOccupancy>;
  /** Whether a PARALLEL execution is running. */
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

/** Reads them all in one statement. */
export async function readSurroundings(sql: Statements, pipelineId: string): Promise<Surroundings> {
  const rows = await sql.all<SurroundingRow>(statement, ...Array.from({ length: 5 }, () => pipelineId));
  const of = (kind: SurroundingRow['kind']) => rows.filter((row) => row.kind === kind);
  const stages = new Map<string, StageOccupancy>();
  const stageOf = (row: SurroundingRow): StageOccupancy => {
    const name = String(row.stage_name);
    const stage = stages.get(name) ?? emptyStage(name);
    stages.set(name, stage);
    return stage;
  };
  for (const row of of('holder')) stageOf(row).holder = String(row.id);
  const byArrival = (one: SurroundingRow, other: SurroundingRow) =>
    one.first_number - other.first_number || one.second_number - other.second_number;
  for (const row of of('waiter').sort(byArrival)) queueOf(stageOf(row), row).push(String(row.id));
  for (const row of of('transition')) stageOf(row).transition = toTransition(row);
  return {
    stages,
    runningExecutions: of('running')[0]?.first_number ?? 0,
    hasParallel: of('parallel')[0]?.flag === 1,
    catalogueVersion: of('catalogue')[0]?.id ?? '',
  };
}

function emptyStage(stageName: string): StageOccupancy {
  return { stageName, holder: undefined, waiting: [], expired: [], waitingParallel: [], transition: undefined };
}

/** Returns the queue at its stage that the row of a waiting execution belongs to. */
function queueOf(stage: StageOccupancy, { detail: mode, flag: hasExpired }: SurroundingRow): string[] {
  if (mode === 'PARALLEL') return stage.waitingParallel;
  return hasExpired === 1 ? stage.expired : stage.waiting;
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
 * Returns each of these stages, then the occupied ones that are not in `stageNames`, which executions of other versions
 * pass through.
 */
export function occupancyOf(stages: ReadonlyMap<string, StageOccupancy>, stageNames: string[]): StageOccupancy[] {
  const named = new Set(stageNames);
  const others = [...stages.values()].filter((stage) => isOccupied(stage) && !named.has(stage.stageName));
  others.sort((one, other) => (one.stageName < other.stageName ? -1 : 1));
  return [...stageNames.map((name) => stages.get(name) ?? emptyStage(name)), ...others];
}

function isOccupied({ holder, waiting, expired, waitingParallel }: StageOccupancy): boolean {
  return holder !== undefined || waiting.length + expired.length + waitingParallel.length > 0;
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
