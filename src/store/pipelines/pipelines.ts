import type { Decide } from '../../model/decision.ts';
import type { Pipeline, Scope, StoredDeclaration } from '../../model/pipeline.ts';
import { sourceCheckKind } from '../../model/sources/source-watch.ts';
import { bind, type Database, NothingWritten, type Statements } from '../database.ts';
import { dueWorkWake } from '../due-work.ts';
import { advanceLocked, type Outcome, type TransactionContext, unchanged } from '../executions/advance.ts';
import type { DecideAndWake } from '../executions/decide-and-wake.ts';
import { isRunning } from '../fragments.ts';
import { countPipelines, listAllPipelines, listPipelines, summarizePipelines } from './pipeline-lists.ts';
import { type LockedPipeline, lockPipeline, newLock } from './pipeline-locks.ts';
import { type PipelineRow, toPipeline } from './pipeline-row.ts';
import { findDeclaration, findDeclarationText, insertVersion, nextTurn } from './pipeline-versions.ts';
import { deleteWatches, putWatches } from './source-watches.ts';

/** Pipelines and their versions. */
export function pipelineRows(database: Database, decideAndWake: DecideAndWake) {
  return {
    /** Inserts version 1 and runs `decide` in the same transaction; undefined if the name is taken. */
    create: <Answer>(
      pipeline: Pipeline,
      declaration: StoredDeclaration,
      tags: Record<string, string>,
      decide: Decide<Answer>,
    ): Promise<Answer | undefined> =>
      decideAndWake<Answer | undefined>(
        async (sql, context) => {
          if (!(await insertPipeline(sql, pipeline, declaration, tags))) throw new NothingWritten(unchanged(undefined));
          await putWatches(sql, pipeline, declaration);
          const outcome = await advanceLocked(sql, { pipeline, lock: newLock() }, decide, context);
          outcome.notifications.add(dueWorkWake(sourceCheckKind));
          return outcome;
        },
        { writesVersions: true },
      ),
    /**
     * Stores what `revise` returns for the current declaration as the next version (its `version` is set here) and runs
     * `decide` in the same transaction. Returns the declaration as it is then; undefined if there is no such pipeline.
     * If `revise` returns nothing, nothing is written and nothing decided. `revise` may refuse by throwing a
     * ServiceError and may run more than once.
     */
    update: (
      scope: Scope,
      name: string,
      revise: (current: StoredDeclaration) => StoredDeclaration | undefined,
      decide: Decide<undefined>,
    ): Promise<StoredDeclaration | undefined> =>
      decideAndWake(
        async (sql, context) => {
          const found = await addVersion(sql, scope, name, revise, context.moment.at);
          if (!found?.isRevised) throw new NothingWritten(unchanged(found?.declaration));
          await putWatches(sql, found.locked.pipeline, found.declaration);
          const outcome = await advanceLocked(sql, found.locked, decide, context);
          outcome.notifications.add(dueWorkWake(sourceCheckKind));
          return { ...outcome, answer: found.declaration };
        },
        { writesVersions: true },
      ),
    /**
     * Runs `decide` on each execution in progress, which has to end it, and hides the pipeline from every read, in one
     * transaction; false if there is none.
     */
    delete: (scope: Scope, name: string, decide: Decide<undefined>): Promise<boolean> =>
      decideAndWake((sql, context) => deletePipeline(sql, scope, name, decide, context), { writesVersions: true }),
    ...bind(database, 'read', {
      find: findPipeline,
      declaration: findDeclaration,
      list: listPipelines,
      listAll: listAllPipelines,
      summarize: summarizePipelines,
      count: countPipelines,
    }),
  };
}

async function findPipeline(sql: Statements, scope: Scope, name: string): Promise<Pipeline | undefined> {
  const row = await sql.get<PipelineRow>(
    'select * from pipelines where account = ? and region = ? and name = ? and deleted_at is null',
    scope.account,
    scope.region,
    name,
  );
  return row && toPipeline(row);
}

/** Inserts the pipeline and its version; false if the name is taken. */
async function insertPipeline(
  sql: Statements,
  pipeline: Pipeline,
  declaration: StoredDeclaration,
  tags: Record<string, string>,
): Promise<boolean> {
  const inserted = await sql.run(
    `insert into pipelines (id, account, region, name, version, tags, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    pipeline.id,
    pipeline.account,
    pipeline.region,
    pipeline.name,
    pipeline.version,
    JSON.stringify(tags),
    pipeline.createdAt,
    pipeline.updatedAt,
  );
  if (inserted === 0) return false;
  await insertVersion(sql, pipeline, declaration);
  return true;
}

interface RevisedPipeline {
  locked: LockedPipeline;
  declaration: StoredDeclaration;
  isRevised: boolean;
}

/**
 * Locks the pipeline and stores what `revise` returns as its next version. If it returns nothing or throws, nothing
 * changes. Returns undefined if there is no such pipeline.
 */
async function addVersion(
  sql: Statements,
  scope: Scope,
  name: string,
  revise: (current: StoredDeclaration) => StoredDeclaration | undefined,
  at: number,
): Promise<RevisedPipeline | undefined> {
  const locked = await lockPipeline(sql, { scope, name });
  if (!locked) return undefined;
  const { id, version } = locked.pipeline;
  const text = await findDeclarationText(sql, id, version);
  if (text === undefined) throw new Error(`pipeline ${id} has lost its version ${version}`);
  const current = JSON.parse(text) as StoredDeclaration;
  await nextTurn(text.length);
  const revised = revise(current);
  await nextTurn(text.length);
  if (!revised) return { locked, declaration: current, isRevised: false };
  const declaration = { ...revised, version: version + 1 };
  const pipeline = { ...locked.pipeline, version: declaration.version, updatedAt: at };
  await sql.run('update pipelines set version = ?, updated_at = ? where id = ?', pipeline.version, at, pipeline.id);
  await insertVersion(sql, pipeline, declaration);
  return { locked: { ...locked, pipeline }, declaration, isRevised: true };
}

/**
 * Ends the executions in progress by `decide` and hides the pipeline from every read. Its rows stay for workers that
 * still report on a job, and are removed with the history. Returns false if there is no such pipeline.
 */
async function deletePipeline(
  sql: Statements,
  scope: Scope,
  name: string,
  decide: Decide<undefined>,
  context: TransactionContext,
): Promise<Outcome<boolean>> {
  const locked = await lockPipeline(sql, { scope, name });
  if (!locked) throw new NothingWritten(unchanged(false));
  const { id: pipelineId } = locked.pipeline;
  const inProgress = await sql.all<{ id: string; waiting_stage: string | null }>(
    `select id, waiting_stage from executions where pipeline_id = ? and ${isRunning()}`,
    pipelineId,
  );
  // Waiting executions first: none of them may enter a stage that its holder leaves.
  const isWaiting = (execution: { waiting_stage: string | null }) => execution.waiting_stage !== null;
  const inOrder = [...inProgress.filter(isWaiting), ...inProgress.filter((execution) => !isWaiting(execution))];
  const outcome = unchanged(true);
  for (const { id } of inOrder) {
    const ended = await advanceLocked(sql, { ...locked, executionId: id }, decide, context);
    outcome.facts.push(...ended.facts);
    for (const name of ended.notifications) outcome.notifications.add(name);
  }
  await deleteWatches(sql, pipelineId);
  await sql.run('update pipelines set deleted_at = ? where id = ?', context.moment.at, pipelineId);
  return outcome;
}
