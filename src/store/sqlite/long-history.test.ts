import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillHistory, historyEnd, longPipeline } from '../../../test/support/long-history.ts';
import { buildType, scope, sourceType } from '../../../test/support/pipelines.ts';
import { endWithPipeline } from '../../engine/delete-pipeline.ts';
import { jobResult } from '../../engine/job-result.ts';
import { retryStage } from '../../engine/retry-stage.ts';
import { startExecution } from '../../engine/start-execution.ts';
import { stopExecution } from '../../engine/stop-execution.ts';
import type { CataloguedActionType } from '../../model/action-type.ts';
import { type JobResult, queueOf } from '../../model/job.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import type { Database, Parameter, Statements } from '../database.ts';
import { migrate } from '../migrate.ts';
import { createSqlStore } from '../sql-store.ts';
import type { Store } from '../store.ts';
import { createWakes } from '../wakes.ts';
import { dialect, openSqlite } from './database.ts';

let folder: string;
let database: Database;
let store: Store;
/** Statements since the last look, each with its parameters. */
let told: Map<string, Parameter[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-plans-'));
  database = await openSqlite(join(folder, 'plans.sqlite'));
  await migrate(database, dialect);
  await fillHistory(database);
  told = new Map();
  store = createSqlStore(listening(database), { now: () => historyEnd, limits: defaultQuotas, wakes: createWakes() });
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

function listening(inner: Database): Database {
  const listen = (sql: Statements): Statements => ({
    all: (text, ...parameters) => sql.all(heard(text, parameters), ...parameters),
    get: (text, ...parameters) => sql.get(heard(text, parameters), ...parameters),
    run: (text, ...parameters) => sql.run(heard(text, parameters), ...parameters),
  });
  const heard = (text: string, parameters: Parameter[]): string => {
    told.set(text, parameters);
    return text;
  };
  return {
    read: (work) => inner.read((sql) => work(listen(sql))),
    write: (work) => inner.write((sql) => work(listen(sql))),
    close: () => inner.close(),
  };
}

/** The names a statement brings along are few, and so are the stages of one execution; a pipeline's history is not. */
function isSlow(step: string, text: string): boolean {
  const isScan = /^SCAN (?!asked|picked|CONSTANT ROW|\d+ CONSTANT ROWS)/.test(step);
  const isWholeHistory = /USING INDEX \w+_by_(pipeline|stage|action) \(pipeline_id=\?\)/.test(step);
  const isSort = step.startsWith('USE TEMP B-TREE') && !text.includes('from stage_executions where execution_id = ?');
  return isScan || isWholeHistory || isSort;
}

/** The steps of the plans of whatever `call` asks that walk through a whole table or index, or sort what they found. */
async function slowSteps(call: () => Promise<unknown>): Promise<string[]> {
  told.clear();
  await call();
  const slow: string[] = [];
  for (const [text, parameters] of told) {
    const plan = await database.read((sql) => sql.all<{ detail: string }>(`explain query plan ${text}`, ...parameters));
    const steps = plan.map(({ detail }) => detail);
    slow.push(...steps.filter((step) => isSlow(step, text)).map((step) => `${step}: ${text}`));
  }
  expect(told.size).toBeGreaterThan(0);
  return slow;
}

const { id } = longPipeline;
const names = { stageName: 'Build', actionName: 'Compile' };
const page = { before: 15_000, limit: 101 };

test.each<[string, () => Promise<unknown>]>([
  ['ListPipelineExecutions', () => store.executions.list(id, page)],
  ['succeededInStage', () => store.executions.list(id, { ...page, succeededIn: { stageName: 'Build', version: 1 } })],
  ['GetPipelineExecution', () => store.executions.find(id, 'e700')],
  ['ListActionExecutions', () => store.executions.listActions(id, page)],
  ['pipelineExecutionId', () => store.executions.listActions(id, { ...page, executionId: 'e700' })],
  ['Latest', () => store.executions.listActions(id, { ...page, executionId: 'e700', isLatest: true })],
  ['an action by its id', () => store.executions.findAction(id, 'c700')],
  ['an action in an account', () => store.executions.hasAction(scope, 'c700', id)],
  ['who holds and who waits', () => store.executions.occupancy(id, ['Source', 'Build'])],
  ['the newest passages', () => store.executions.newestStages(id, ['Source', 'Build', 'None'])],
  ['the newest attempts', () => store.executions.newestActions(id, [names, { ...names, actionName: 'None' }])],
  ['a start', () => store.advance({ kind: 'pipeline', scope, name: 'Mill' }, () => ({ changes: [], answer: 1 }))],
  ['a way through the pipeline', wayThrough],
  ['what has ended', () => store.retention.ended({ endedBefore: historyEnd, limit: 100 })],
  ['the next that have', () => store.retention.ended({ endedBefore: historyEnd, after: ended(900), limit: 100 })],
  ['what is to be removed', () => store.retention.removals({ after: 0, limit: 100 })],
  ['pruning', () => store.retention.prune('e1', historyEnd)],
  ['pruning what is needed', () => store.retention.prune('e20000', historyEnd)],
  ['jobs that wait or run', () => store.jobHistory.list(scope, { isOpen: true, after: 0, limit: 100 })],
  ['jobs of all times', () => store.jobHistory.list(scope, { isOpen: false, after: 900, limit: 100 })],
  ['the story of a job', () => store.jobHistory.events('j', { after: 0, limit: 100 })],
  ['the neighbours of a job', () => store.jobHistory.chain('j')],
  ['the log of a job', () => store.jobLogs.read('j', 100)],
  ['writing to a log', () => store.jobLogs.append('j', { text: 'x', limitBytes: 99 })],
  ['when the next job is offered', () => store.jobs.nextOffer({ queue: 'q', queryValue: 'v' })],
  ['a deletion', () => store.pipelines.delete(scope, 'Mill', endWithPipeline)],
  ['what was deleted', () => store.retention.prunePipelines(historyEnd + 1)],
])('%s looks only at what it answers, however long the history is', async (_what, call) => {
  expect(await slowSteps(call)).toEqual([]);
});

/** What polls, results, retries, stops and the clock do to one execution. */
async function wayThrough(): Promise<void> {
  const { advance, jobs, approvals } = store;
  for (const type of [sourceType, buildType]) await store.actionTypes.insert(scope, type, {}, 0);
  const request = { triggerType: 'StartPipelineExecution', clientRequestToken: 'once' } as const;
  const executionId = await advance({ kind: 'pipeline', scope, name: 'Mill', ...request }, (snapshot, moment) =>
    startExecution(snapshot, request, moment),
  );
  const report = async ({ definition }: CataloguedActionType, result: JobResult) => {
    const queue = queueOf(scope, definition.id);
    const lease = { at: historyEnd, leaseUntil: historyEnd + 1 };
    const [claimed] = await jobs.claim({ queue, queryValue: '', limit: 1, ...lease });
    const jobId = claimed?.job.id ?? '';
    await jobs.acknowledge(jobId, '3');
    await store.jobHistory.recordCredentials(jobId, { callerArn: 'arn', accessKeyId: 'key', requestId: 'id' });
    await advance({ kind: 'job', jobId }, (snapshot, moment) =>
      jobResult(snapshot, { jobId, result, continuationDelayMs: 0 }, moment),
    );
  };
  const currentRevision = { revision: 'r1', changeIdentifier: 'c1' };
  await report(sourceType, { outcome: 'Succeeded', continuationToken: 'more' });
  await report(sourceType, { outcome: 'Succeeded', currentRevision });
  await report(buildType, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } });
  const key = { kind: 'execution', scope, name: 'Mill', executionId, stageName: 'Build' } as const;
  await advance(key, (snapshot, moment) =>
    retryStage(snapshot, { executionId, stageName: 'Build', mode: 'FAILED_ACTIONS' }, moment),
  );
  await advance(key, (snapshot, moment) => stopExecution(snapshot, { executionId, abandon: true }, moment));
  await Promise.all([jobs.overdue(historyEnd, 9), jobs.nextDeadline()]);
  await Promise.all([approvals.overdue(historyEnd, 9), approvals.nextDeadline()]);
}

function ended(n: number) {
  return { id: `e${n}`, endedAt: historyEnd - 20_000_000 + n * 1000, sequence: n };
}

test('what has succeeded in a stage comes in pages, newest first, from far apart', async () => {
  const succeededIn = { stageName: 'Build', version: 1 };
  const first = await store.executions.list(id, { limit: 2, succeededIn });
  expect(first.map((execution) => execution.id)).toEqual(['e20000', 'e19900']);
  const next = await store.executions.list(id, { limit: 2, before: first[1]?.sequence, succeededIn });
  expect(next.map((execution) => execution.id)).toEqual(['e19800', 'e19700']);
});

test('an execution with thousands of jobs goes in several steps', async () => {
  await database.write((sql) =>
    sql.run(
      `insert into jobs (id, action_execution_id, execution_id, pipeline_id, queue, query_value, status, deliveries,
         created_at)
       select 'j' || sequence, 'c2', 'e2', ?, 'q', '', 'Succeeded', 1, 0 from executions where sequence < 2500`,
      id,
    ),
  );
  const outcomes = [];
  await database.write((sql) =>
    sql.run(`insert into job_events (job_id, kind, happened_at) select id, 'Delivered', 0 from jobs where queue = 'q'`),
  );
  for (let step = 0; step < 6; step += 1) outcomes.push(await store.retention.prune('e2', historyEnd));
  expect(outcomes).toEqual(['unfinished', 'unfinished', 'unfinished', 'unfinished', 'pruned', 'kept']);
});

test('a deleted pipeline that has met thousands of revisions goes in several steps', async () => {
  await database.write(async (sql) => {
    await sql.run(
      `insert into pipelines (id, account, region, name, version, tags, created_at, updated_at, deleted_at)
       values ('gone', 'a', 'r', 'Gone', 1, '{}', 0, 0, 1)`,
    );
    await sql.run(
      `insert into source_revisions (pipeline_id, action_name, revision_digest)
       select 'gone', 'Fetch', id from executions where sequence <= 2500`,
    );
  });
  const hasMore = [];
  for (let step = 0; step < 4; step += 1) hasMore.push(await store.retention.prunePipelines(2));
  expect(hasMore).toEqual([true, true, true, false]);
});
