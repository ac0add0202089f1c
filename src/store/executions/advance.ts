import { ServiceError } from '../../contract/errors.ts';
import type { ExecutionMode } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { Decide, Decision, FollowUp, Moment } from '../../model/decision.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Pipeline, Scope } from '../../model/pipeline.ts';
import { keyName } from '../../model/queue-key.ts';
import type { Statements } from '../database.ts';
import type { LockedJob } from '../jobs/job-locks.ts';
import { type PipelineRow, toPipeline } from '../pipelines/pipelines.ts';
import type { AdvanceKey, Fact } from '../store.ts';
import { writeChange } from './changes.ts';
import { findExecution } from './executions.ts';
import { findLastSuccess } from './latest-executions.ts';
import { loadSnapshot, type Sources, type Touched } from './snapshot.ts';

/** What one transaction of `advance` came to: the answer, `keyName` of each job that was queued, and what was written. */
export interface Outcome<Answer> extends Written {
  answer: Answer;
}

interface Written {
  queues: Set<string>;
  facts: Fact[];
}

/** What all decisions of one transaction are given besides their snapshots. */
export interface Given extends Sources {
  moment: Moment;
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
  const written: Written = { queues: new Set(), facts: [] };
  await write(sql, touched.pipeline, decision, given, written);
  await follow(sql, touched.pipeline, decision.then ?? [], given, written);
  return { answer: decision.answer, ...written };
}

async function write(
  sql: Statements,
  pipeline: Pipeline,
  decision: Extract<Decision<unknown>, { changes: unknown }>,
  given: Given,
  written: Written,
): Promise<void> {
  const by = { at: given.moment.at, origin: given.origin };
  // Each change is sent when its turn comes and none waits for the answer of the one before.
  await Promise.all(lasting(decision.changes).map((change) => writeChange(sql, pipeline.id, change, by)));
  for (const change of decision.changes) {
    written.facts.push({ pipeline, change });
    if (change.kind === 'jobQueued') written.queues.add(keyName(change.job.queue, change.job.queryValue));
  }
}

/** An execution whose way is open waits for a moment within its decision: nobody ever sees that, so it is not written. */
function lasting(changes: Change[]): Change[] {
  return changes.filter((change, index) => {
    if (change.kind !== 'executionWaiting') return true;
    const enters = (later: Change) => later.kind === 'stageEntered' && later.executionId === change.executionId;
    return !changes.slice(index + 1).some(enters);
  });
}

/** Looks at what a decision leads to, such as the executions it freed the way for, and at what that leads to in turn. */
async function follow(
  sql: Statements,
  pipeline: Pipeline,
  then: FollowUp[],
  given: Given,
  written: Written,
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
    await write(sql, pipeline, decision, given, written);
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
        source: key.source,
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

/** One statement for all modes but PARALLEL, whose executions share the pipeline; those are asked about a second time. */
async function lockJob(sql: Statements, jobId: string): Promise<Touched> {
  const row = await sql.get<JobPipelineRow>(
    `select p.*, j.execution_id from jobs j join executions e on e.id = j.execution_id
       join pipelines p on p.id = j.pipeline_id where j.id = ? and e.execution_mode <> 'PARALLEL' {{for update of p}}`,
    jobId,
  );
  if (row) return touchedByJob(jobId, { executionId: row.execution_id, pipeline: toPipeline(row) });
  const shared = await sql.get<JobPipelineRow>(
    `select p.*, j.execution_id from jobs j join pipelines p on p.id = j.pipeline_id where j.id = ? {{for share of p}}`,
    jobId,
  );
  if (!shared) throw new ServiceError('JobNotFoundException', `Job with id '${jobId}' does not exist`);
  await lockExecution(sql, shared.execution_id, '{{for share}}');
  return touchedByJob(jobId, { executionId: shared.execution_id, pipeline: toPipeline(shared) });
}

type JobPipelineRow = PipelineRow & { execution_id: string };

/** What an event of a job is about, once its pipeline is locked. */
export function touchedByJob(jobId: string, { executionId, pipeline }: LockedJob): Touched {
  return { pipeline, executionId, jobId, onlyGoesOn: true };
}
