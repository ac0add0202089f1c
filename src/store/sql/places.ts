import type { ExecutionMode } from '../../contract/generated.ts';
import type { StageOccupancy } from '../../model/snapshot.ts';
import type { Transition } from '../../model/transition.ts';
import type { Statements } from '../database.ts';
import { catalogueVersion } from './catalogue-version.ts';
import { lookUp, lookup } from './lookups.ts';

/** What stands around an execution in its pipeline, as one statement tells it: this is asked at every event. */
export interface Places {
  holders: { executionId: string; stageName: string }[];
  /** In order of arrival; of PARALLEL executions only those that have not lapsed. */
  waiters: { executionId: string; stageName: string; mode: ExecutionMode; hasLapsed: boolean }[];
  /** The ways that somebody has touched, by stage. */
  transitions: Map<string, Transition>;
  /** How many executions of the pipeline have not ended. */
  runningExecutions: number;
  catalogueVersion: string;
}

/** One row of one kind; a column that the kind does not have is empty. */
interface PlaceRow {
  kind: 'holder' | 'waiter' | 'transition' | 'running' | 'catalogue';
  pipeline_id: string;
  id: string | null;
  stage_name: string | null;
  detail: string | null;
  flag: number;
  first_number: number;
  second_number: number;
}

const placesOfPipeline = lookup<PlaceRow>(
  `select 'holder' as kind, s.pipeline_id, s.execution_id as id, s.stage_name, '' as detail, 0 as flag,
      0 as first_number, 0 as second_number
    from asked cross join stage_executions s where s.pipeline_id = asked.one and s.is_locking = 1
    union all select 'waiter', e.pipeline_id, e.id, e.waiting_stage, e.execution_mode, e.has_lapsed, e.arrival, e.sequence
    from asked cross join executions e where e.pipeline_id = asked.one and e.waiting_stage is not null
      and (e.has_lapsed = 0 or e.execution_mode <> 'PARALLEL')
    union all select 'transition', t.pipeline_id, t.changed_by, t.stage_name, t.disabled_reason, t.enabled, t.changed_at, 0
    from asked cross join stage_transitions t where t.pipeline_id = asked.one
    union all select 'running', asked.one, '', '', '', 0, (select count(*) from executions e
      where e.pipeline_id = asked.one and e.status in ('InProgress', 'Stopping') and e.trigger_type <> ''), 0
    from asked where asked.one is not null
    union all select 'catalogue', asked.one, c.value, '', '', 0, 0, 0
    from asked cross join settings c where c.name = '${catalogueVersion}'`,
  (row) => [row.pipeline_id],
);

export async function readPlaces(sql: Statements, pipelineId: string): Promise<Places> {
  const rows = await lookUp(sql, placesOfPipeline, pipelineId);
  const of = (kind: PlaceRow['kind']) => rows.filter((row) => row.kind === kind);
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
        hasLapsed: row.flag === 1,
      })),
    transitions: new Map(of('transition').map((row) => [String(row.stage_name), toTransition(row)])),
    runningExecutions: of('running')[0]?.first_number ?? 0,
    catalogueVersion: of('catalogue')[0]?.id ?? '',
  };
}

function toTransition(row: PlaceRow): Transition {
  return {
    enabled: row.flag === 1,
    disabledReason: row.detail ?? undefined,
    changedBy: String(row.id),
    changedAt: row.first_number,
  };
}

/**
 * Who holds each stage, who waits before it, in order of arrival, and whether its way in is open. Occupied stages that
 * are not among `stageNames`, which executions of earlier versions still pass through, come after them.
 */
export function occupancyOf({ holders, waiters, transitions }: Places, stageNames: string[]): StageOccupancy[] {
  const queue = (stageName: string, isLapsed: boolean, isParallel: boolean) =>
    waiters
      .filter((waiter) => waiter.stageName === stageName && waiter.hasLapsed === isLapsed)
      .filter(({ mode }) => (mode === 'PARALLEL') === isParallel)
      .map(({ executionId }) => executionId);
  const occupied = [...holders, ...waiters].map(({ stageName }) => stageName);
  return [...new Set([...stageNames, ...occupied])].map((stageName) => ({
    stageName,
    holder: holders.find((holder) => holder.stageName === stageName)?.executionId,
    waiting: queue(stageName, false, false),
    lapsed: queue(stageName, true, false),
    waitingParallel: queue(stageName, false, true),
    transition: transitions.get(stageName),
  }));
}
