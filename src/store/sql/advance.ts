import { ServiceError } from '../../contract/errors.ts';
import type { ExecutionMode } from '../../contract/generated.ts';
import type { Decide, Decision, FollowUp } from '../../model/decision.ts';
import { wakeOf } from '../../model/job.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Moment } from '../../model/moment.ts';
import type { Pipeline, Scope } from '../../model/pipeline.ts';
import type { ExecutionLimits } from '../../model/quotas.ts';
import type { Statements } from '../database.ts';
import type { AdvanceKey } from '../store.ts';
import { writeChange } from './changes.ts';
import type { Declarations } from './declarations.ts';
import { findExecution } from './executions.ts';
import { findLastSuccess } from './newest.ts';
import { type PipelineRow, toPipeline } from './pipelines.ts';
import { loadSnapshot, type Touched } from './snapshot.ts';

/** What one transaction of `advance` came to: the answer, and `wakeOf` each job that was queued. */
export interface Outcome<Answer> {
  answer: Answer;
  queues: Set<string>;
}

/** What all decisions of one transaction are given besides their snapshots. */
export interface Given {
  moment: Moment;
  limits: ExecutionLimits;
  declarations: Declarations;
  /** Whose call it is; undefined for what the server does by itself. */
  origin?: Origin;
}

/** Locks the pipeline behind `key`, decides and writes, all inside the caller's transaction. */
export async function advance<Answer>(
  sql: Statements,
  key: AdvanceKey,
  decide: Decide<Answer>,
  given: Given,
): Promise<Outcome<Answer>> {
  return advanceLocked(sql, await lock(sql, key), decide, given);
}

/** The same for a pipeline that this transaction holds already, as when it has just been created. */
export async function advanceLocked<Answer>(
  sql: Statements,
  touched: Touched,
  decide: Decide<Answer>,
  given: Given,
): Promise<Outcome<Answer>> {
  const decision = decide(await loadSnapshot(sql, touched.pipeline, touched, given), given.moment);
  if ('refuse' in decision) throw new ServiceError(decision.refuse, decision.message);
  const queues = new Set<string>();
  await write(sql, touched.pipeline, decision, given, queues);
  await follow(sql, touched.pipeline, decision.then ?? [], given, queues);
  return { answer: decision.answer, queues };
}

async function write(
  sql: Statements,
  pipeline: Pipeline,
  decision: Extract<Decision<unknown>, { changes: unknown }>,
  given: Given,
  queues: Set<string>,
): Promise<void> {
  for (const change of decision.changes) {
    await writeChange(sql, pipeline.id, change, { at: given.moment.at, origin: given.origin });
    if (change.kind === 'jobQueued') queues.add(wakeOf(change.job));
  }
}

/** Looks at what a decision leads to, such as the executions it freed the way for, and at what that leads to in turn. */
async function follow(
  sql: Statements,
  pipeline: Pipeline,
  then: FollowUp[],
  given: Given,
  queues: Set<string>,
): Promise<void> {
  const next = [...then];
  for (let step = next.shift(); step; step = next.shift()) {
    const executionId =
      'executionId' in step
        ? step.executionId
        : await findLastSuccess(sql, pipeline.id, step.lastSucceededIn, pipeline.version);
    if (executionId === undefined) continue;
    // What a failed stage goes back to is looked at as a whole: all that lies behind it goes into the rollback.
    const snapshot = await loadSnapshot(sql, pipeline, { executionId, onlyGoesOn: 'executionId' in step }, given);
    const decision = step.decide(snapshot, given.moment);
    if ('refuse' in decision) throw new Error(`a follow-up refused: ${decision.message}`);
    await write(sql, pipeline, decision, given, queues);
    next.push(...(decision.then ?? []));
  }
}

async function lock(sql: Statements, key: AdvanceKey): Promise<Touched> {
  switch (key.kind) {
    case 'pipeline':
      return {
        pipeline: await lockPipeline(sql, key, '{{for update}}'),
        clientRequestToken: key.clientRequestToken,
        revision: key.revision,
        webhook: key.webhook,
      };
    case 'execution': {
      const row = await sql.get<ModeRow>('select execution_mode from executions where id = ?', key.executionId);
      const clause = key.mayStart ? '{{for update}}' : clauseFor(row);
      const pipeline = await lockPipeline(sql, key, clause);
      const execution = await findExecution(sql, pipeline.id, key.executionId);
      if (execution) await lockExecution(sql, execution.id, clause);
      return { pipeline, executionId: execution?.id, stageName: key.stageName };
    }
    case 'job':
      return lockJob(sql, key.jobId);
    default:
      return key satisfies never;
  }
}

/** How a pipeline's row is locked. */
type LockClause = '{{for update}}' | '{{for share}}';

/** The mode of an execution never changes, so that it may be read before anything is locked. */
interface ModeRow {
  execution_mode: ExecutionMode;
}

/** PARALLEL executions move beside each other: each shares the pipeline and locks its own row, after the pipeline's. */
function clauseFor(row: ModeRow | undefined): LockClause {
  return row?.execution_mode === 'PARALLEL' ? '{{for share}}' : '{{for update}}';
}

async function lockExecution(sql: Statements, executionId: string, clause: LockClause): Promise<void> {
  if (clause === '{{for share}}') await sql.get('select id from executions where id = ? {{for update}}', executionId);
}

async function lockPipeline(
  sql: Statements,
  { scope, name }: { scope: Scope; name: string },
  clause: LockClause,
): Promise<Pipeline> {
  const row = await sql.get<PipelineRow>(
    `select * from pipelines where account = ? and region = ? and name = ? and deleted_at is null ${clause}`,
    scope.account,
    scope.region,
    name,
  );
  if (row) return toPipeline(row);
  throw new ServiceError(
    'PipelineNotFoundException',
    `Pipeline with name ${name} does not exist in account ${scope.account}.`,
  );
}

async function lockJob(sql: Statements, jobId: string): Promise<Touched> {
  const job = await sql.get<ModeRow & { pipeline_id: string; execution_id: string }>(
    `select j.pipeline_id, j.execution_id, e.execution_mode from jobs j join executions e on e.id = j.execution_id
     where j.id = ?`,
    jobId,
  );
  const clause = clauseFor(job);
  const row = job && (await sql.get<PipelineRow>(`select * from pipelines where id = ? ${clause}`, job.pipeline_id));
  if (!row) throw new ServiceError('JobNotFoundException', `Job with id '${jobId}' does not exist`);
  await lockExecution(sql, job.execution_id, clause);
  return { pipeline: toPipeline(row), executionId: job.execution_id, jobId, onlyGoesOn: true };
}
