import type { ActionExecution, Execution, StageExecution } from '../../model/execution.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { type Announcement, type EventState, isSourceChange, type StoredEvent } from '../../model/stored-event.ts';
import type { Statements } from '../database.ts';
import {
  type ActionExecutionRow,
  type ExecutionRow,
  type StageExecutionRow,
  toActionExecution,
  toExecution,
  toStageExecution,
} from '../executions/execution-row.ts';
import { paddedBatches, placeholders } from '../padded-batches.ts';
import { type PipelineRow, toPipeline } from '../pipelines/pipeline-row.ts';
import { nextTurn } from '../pipelines/pipeline-versions.ts';

/** A row of `events`. */
export interface EventRow {
  stamp: number;
  sequence: number;
  execution_id: string | null;
  happened_at: number;
  kind: StoredEvent['kind'];
  state: EventState | null;
  subject: string | null;
  attempt: number | null;
  retried_at: number | null;
  detail: string | null;
}

/** What some events refer to, by id. */
interface Subjects {
  executions: Map<string, Execution & { pipelineId: string }>;
  pipelines: Map<string, Pipeline>;
  actions: Map<string, ActionExecution>;
  stages: Map<string, StageExecution>;
  /** The output variables of source actions. */
  sources: SourceRow[];
}

interface SourceRow {
  execution_id: string;
  action_name: string;
  output_variables: string;
}

/** Reads what events refer to: once for all events about the same execution or action. */
export async function findSubjects(sql: Statements, rows: EventRow[]): Promise<Subjects> {
  const idsOf = (values: (string | null)[]) => [...new Set(values.flatMap((value) => value ?? []))];
  const executionIds = idsOf(rows.map(({ execution_id: id }) => id));
  const actionIds = idsOf(rows.map(({ kind, subject }) => (isAboutAction(kind) ? subject : null)));
  const stagesOf = idsOf(rows.map(({ kind, execution_id: id }) => (kind === 'stage' ? id : null)));
  const executions = await readAll<ExecutionRow & { pipeline_id: string }>(sql, executionIds, {
    query: (ids) => `select * from executions where id in (${ids})`,
    sizeOf: ({ variables, revisions }) => variables.length + revisions.length,
  });
  const pipelines = await readAll<PipelineRow>(sql, idsOf(executions.map(({ pipeline_id: id }) => id)), {
    query: (ids) => `select * from pipelines where id in (${ids})`,
  });
  const actions = await readAll<ActionExecutionRow>(sql, actionIds, {
    query: (ids) => `select * from action_executions where id in (${ids})`,
    sizeOf: ({ start }) => start.length,
  });
  const stages = await readAll<StageExecutionRow>(sql, stagesOf, {
    query: (ids) => `select * from stage_executions where execution_id in (${ids})`,
  });
  const started = new Set(rows.flatMap(({ kind, execution_id: id }) => (kind === 'pipeline' && id !== null ? id : [])));
  const byChange = executions.filter((row) => started.has(row.id) && isSourceChange(row.trigger_type));
  const sources = await readAll<SourceRow>(
    sql,
    byChange.map(({ id }) => id),
    {
      query: (ids) => `select a.execution_id, a.action_name, a.output_variables
        from stage_executions s join action_executions a on a.execution_id = s.execution_id and a.stage_name = s.stage_name
        where s.execution_id in (${ids}) and a.status = 'Succeeded' and a.output_variables is not null
          and s.sequence = (select min(f.sequence) from stage_executions f where f.execution_id = s.execution_id)`,
      sizeOf: ({ output_variables: variables }) => variables.length,
    },
  );
  return {
    sources,
    executions: new Map(executions.map((row) => [row.id, { ...toExecution(row), pipelineId: row.pipeline_id }])),
    pipelines: new Map(pipelines.map((row) => [row.id, toPipeline(row)])),
    actions: new Map(actions.map((row) => [row.id, toActionExecution(row)])),
    stages: new Map(stages.map((row) => [stageKey(row.execution_id, row.stage_name), toStageExecution(row)])),
  };
}

function isAboutAction(kind: EventRow['kind']): boolean {
  return kind === 'action' || kind === 'approval';
}

function stageKey(executionId: string, stageName: string): string {
  return `${executionId}/${stageName}`;
}

interface Query<Row> {
  query(ids: string): string;
  /** Characters of a row that have to be parsed. */
  sizeOf?(row: Row): number;
}

/** Reads rows by their ids, a few at a time, so that large ones don't keep the event loop. */
async function readAll<Row>(sql: Statements, ids: string[], { query, sizeOf = () => 0 }: Query<Row>): Promise<Row[]> {
  const found: Row[] = [];
  for (const batch of paddedBatches(ids, [1, 4, 16])) {
    const rows = await sql.all<Row>(query(placeholders(batch)), ...batch);
    await nextTurn(rows.reduce((size, row) => size + sizeOf(row), 0));
    found.push(...rows);
  }
  return found;
}

/** Returns undefined if retention has removed what the event is about. */
export function toStoredEvent(row: EventRow, subjects: Subjects): StoredEvent | undefined {
  const at = { position: `${row.stamp}.${row.sequence}`, happenedAt: row.happened_at };
  if (row.kind === 'announced') {
    const announcement = JSON.parse(row.detail ?? '') as Announcement;
    return { ...at, pipelineId: announcement.pipelineId, kind: 'announced', announcement };
  }
  const execution = subjects.executions.get(row.execution_id ?? '');
  const pipeline = subjects.pipelines.get(execution?.pipelineId ?? '');
  if (!execution || !pipeline) return undefined;
  const { state, subject } = row;
  const of = { ...at, pipelineId: pipeline.id, pipeline, execution, attempt: row.attempt ?? 1 };
  const action = subjects.actions.get(subject ?? '');
  if (row.kind === 'approval') return action && { ...of, kind: 'approval', action };
  if (state === null) return undefined;
  if (row.kind === 'pipeline') {
    const found = subjects.sources.filter(({ execution_id: id }) => id === execution.id);
    const [bound] = execution.sourceBindings;
    const source = found.find(({ action_name: name }) => name === bound?.actionName) ?? found[0];
    const sourceVariables = source && (JSON.parse(source.output_variables) as Record<string, string>);
    return { ...of, kind: 'pipeline', state, stopReason: subject ?? undefined, sourceVariables };
  }
  if (row.kind === 'action') return action && { ...of, kind: 'action', state, action };
  const stage = subjects.stages.get(stageKey(execution.id, subject ?? ''));
  if (!stage) return undefined;
  const { stageName, startedAt } = stage;
  return { ...of, kind: 'stage', state, stageName, startedAt, lastRetriedAt: row.retried_at ?? undefined };
}
