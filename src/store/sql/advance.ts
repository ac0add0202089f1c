import { ServiceError } from '../../contract/errors.ts';
import type { Decide, Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Pipeline, Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import type { AdvanceKey } from '../store.ts';
import { writeChange } from './changes.ts';
import { findExecution } from './executions.ts';
import { type PipelineRow, toPipeline } from './pipelines.ts';
import { loadSnapshot, type Touched } from './snapshot.ts';

/** What one transaction of `advance` came to: the answer, and the queues that got a job. */
export interface Outcome<Answer> {
  answer: Answer;
  queues: Set<string>;
}

/** Locks the pipeline behind `key`, decides and writes, all inside the caller's transaction. */
export async function advance<Answer>(
  sql: Statements,
  key: AdvanceKey,
  decide: Decide<Answer>,
  moment: Moment,
): Promise<Outcome<Answer>> {
  return advanceLocked(sql, await lock(sql, key), decide, moment);
}

/** The same for a pipeline that this transaction holds already, as when it has just been created. */
export async function advanceLocked<Answer>(
  sql: Statements,
  touched: Touched,
  decide: Decide<Answer>,
  moment: Moment,
): Promise<Outcome<Answer>> {
  const decision = decide(await loadSnapshot(sql, touched.pipeline, touched), moment);
  if ('refuse' in decision) throw new ServiceError(decision.refuse, decision.message);
  const queues = new Set<string>();
  await write(sql, touched.pipeline, decision, moment, queues);
  await follow(sql, touched.pipeline, decision.then ?? [], moment, queues);
  return { answer: decision.answer, queues };
}

async function write(
  sql: Statements,
  pipeline: Pipeline,
  decision: Extract<Decision<unknown>, { changes: unknown }>,
  moment: Moment,
  queues: Set<string>,
): Promise<void> {
  for (const change of decision.changes) {
    await writeChange(sql, pipeline.id, change, moment.at);
    if (change.kind === 'jobQueued') queues.add(change.job.queue);
  }
}

/** Looks at the executions a decision freed the way for, and at those that they in turn free it for. */
async function follow(
  sql: Statements,
  pipeline: Pipeline,
  then: { executionId: string; decide: Decide<undefined> }[],
  moment: Moment,
  queues: Set<string>,
): Promise<void> {
  const next = [...then];
  for (let step = next.shift(); step; step = next.shift()) {
    const decision = step.decide(await loadSnapshot(sql, pipeline, step), moment);
    if ('refuse' in decision) throw new Error(`a follow-up refused: ${decision.message}`);
    await write(sql, pipeline, decision, moment, queues);
    next.push(...(decision.then ?? []));
  }
}

async function lock(sql: Statements, key: AdvanceKey): Promise<Touched> {
  switch (key.kind) {
    case 'pipeline':
      return {
        pipeline: await lockPipeline(sql, key),
        clientRequestToken: key.clientRequestToken,
        revision: key.revision,
        webhook: key.webhook,
      };
    case 'execution': {
      const pipeline = await lockPipeline(sql, key);
      const execution = await findExecution(sql, pipeline.id, key.executionId);
      return { pipeline, executionId: execution?.id, stageName: key.stageName };
    }
    case 'job':
      return lockJob(sql, key.jobId);
    default:
      return key satisfies never;
  }
}

async function lockPipeline(sql: Statements, { scope, name }: { scope: Scope; name: string }): Promise<Pipeline> {
  const row = await sql.get<PipelineRow>(
    'select * from pipelines where account = ? and region = ? and name = ? and deleted_at is null {{for update}}',
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
  const job = await sql.get<{ pipeline_id: string; execution_id: string }>(
    'select pipeline_id, execution_id from jobs where id = ?',
    jobId,
  );
  const row =
    job && (await sql.get<PipelineRow>('select * from pipelines where id = ? {{for update}}', job.pipeline_id));
  if (!row) throw new ServiceError('JobNotFoundException', `Job with id '${jobId}' does not exist`);
  return { pipeline: toPipeline(row), executionId: job.execution_id, jobId };
}
