import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { historyCalls, listening } from '../../../test/support/databases/history-calls.ts';
import { fillHistory, historyEnd, longPipeline } from '../../../test/support/databases/long-history.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import type { Database, Parameter } from '../database.ts';
import { migrate } from '../migrate.ts';
import { createNotifications } from '../notifications.ts';
import type { Store } from '../store.ts';
import { createStore } from '../store.ts';
import { dialect, openSqlite } from './database.ts';

let folder: string;
let database: Database;
let store: Store;
/** The statements of a call, each with its parameters. */
let recorded: Map<string, Parameter[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-plans-'));
  database = await openSqlite(join(folder, 'plans.sqlite'));
  await migrate(database, dialect);
  await fillHistory(database);
  recorded = new Map();
  store = createStore(listening(database, recorded), {
    now: () => historyEnd,
    limits: defaultQuotas,
    notifications: createNotifications(),
  });
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

/** A statement has few names and an execution few stages; only a pipeline's history is long. */
function isSlow(step: string, text: string): boolean {
  const isScan = /^SCAN (?!asked|picked|older|CONSTANT ROW|\d+ CONSTANT ROWS|\d+-ROW VALUES)/.test(step);
  const isWholeHistory = /USING INDEX \w+_by_(pipeline|stage|action) \(pipeline_id=\?\)/.test(step);
  const isSort = step.startsWith('USE TEMP B-TREE') && !text.includes('from stage_executions where execution_id = ?');
  // The first rows in the order of the key, or the last one.
  const isEnd = step === 'SCAN events' && text.includes('order by {{stamp}}');
  // Few builds are open.
  const isOpen = step.startsWith('SCAN builds USING INDEX builds_open');
  return (isScan && !isEnd && !isOpen) || isWholeHistory || isSort;
}

/** Returns the steps in the plans of `call` that scan a whole table or index, or sort. */
async function slowSteps(call: () => Promise<unknown>): Promise<string[]> {
  recorded.clear();
  await call();
  const slow: string[] = [];
  for (const [text, parameters] of recorded) {
    const plan = await database.read((sql) => sql.all<{ detail: string }>(`explain query plan ${text}`, ...parameters));
    const steps = plan.map(({ detail }) => detail);
    slow.push(...steps.filter((step) => isSlow(step, text)).map((step) => `${step}: ${text}`));
  }
  expect(recorded.size).toBeGreaterThan(0);
  return slow;
}

const { id } = longPipeline;

test.each(historyCalls(() => store))(
  '%s reads only what it returns, however long the history is',
  async (_what, call) => {
    expect(await slowSteps(call)).toEqual([]);
  },
);

test('successes in a stage are paged, newest first, even far apart', async () => {
  const succeededIn = { stageName: 'Build', version: 1 };
  const first = await store.executions.list(id, { limit: 2, succeededIn });
  expect(first.map((execution) => execution.id)).toEqual(['e20000', 'e19900']);
  const next = await store.executions.list(id, { limit: 2, before: first[1]?.sequence, succeededIn });
  expect(next.map((execution) => execution.id)).toEqual(['e19800', 'e19700']);
});

test('an execution with thousands of jobs is removed in several steps', async () => {
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

test('a deleted pipeline with thousands of revisions is removed in several steps', async () => {
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
