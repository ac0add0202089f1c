import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { historyCalls, listening } from '../../../test/support/databases/history-calls.ts';
import { fillHistory, historyEnd } from '../../../test/support/databases/long-history.ts';
import {
  createDatabase,
  type PostgresDatabase as TestDatabase,
} from '../../../test/support/databases/postgres-database.ts';
import { scope } from '../../../test/support/pipelines/declarations.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import type { Parameter } from '../database.ts';
import { readLockedJobs } from '../jobs/job-locks.ts';
import { createNotifications } from '../notifications.ts';
import { lockPipelines } from '../pipelines/pipeline-locks.ts';
import { createStore } from '../store.ts';
import { openPostgres, type PostgresDatabase, sessionSettings } from './database.ts';
import { dialect } from './dialect.ts';

let ground: TestDatabase;
let fresh: TestDatabase;
let database: PostgresDatabase;
/** Connections to both, with the settings of the driver's own. */
let used: pg.Client;
let unused: pg.Client;
/** The statements of each call, in the order of the calls. */
const texts = new Map<string, string[]>();

const durations = { poolSize: 4, statementTimeoutMs: 60_000, idleTransactionTimeoutMs: 60_000 };

/**
 * Writes a history of ended executions and jobs of one pipeline and runs ANALYZE while nothing is in progress: with these
 * statistics an empty partial index looks best.
 */
beforeAll(async () => {
  [ground, fresh] = await Promise.all([createDatabase(), createDatabase()]);
  database = openPostgres({ url: ground.url, ...durations });
  [used, unused] = await Promise.all([connect(ground.url), connect(fresh.url)]);
  await fillHistory(database);
  await database.write(async (sql) => {
    await sql.run(
      `insert into jobs (id, action_execution_id, execution_id, pipeline_id, queue, query_value, status, deliveries,
         created_at)
       select 'j' || id, id, execution_id, pipeline_id, 'q', '', 'Succeeded', 1, started_at from action_executions`,
    );
    await sql.run("insert into job_events (job_id, kind, happened_at) select id, 'Delivered', 0 from jobs");
    await sql.run(
      `insert into logs (id, account, region, log_group, log_stream, created_at, last_written_at, text_bytes, lines,
         next_offset) select id, ?, ?, 'jobs', id, 0, 0, 1, 0, 1 from jobs`,
      ...[scope.account, scope.region],
    );
    await sql.run(
      `insert into log_chunks (log_id, start_offset, text, size_bytes, first_line, written_at)
       select id, 0, 'x', 1, 0, 0 from jobs`,
    );
  });
  await used.query('analyze');
  const recorded = new Map<string, Parameter[]>();
  const store = createStore(listening(database, recorded), {
    now: () => historyEnd,
    limits: defaultQuotas,
    notifications: createNotifications(),
  });
  for (const [name, call] of historyCalls(() => store)) {
    recorded.clear();
    await call();
    texts.set(name, [...recorded.keys()]);
  }
}, 60_000);
afterAll(async () => {
  await Promise.all([database.close(), used.end(), unused.end()]);
  await Promise.all([ground.drop(), fresh.drop()]);
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sessionSettings(durations));
  return client;
}

/** Returns the lines of the generic plan that a connection keeps for a statement. */
async function planOf(where: pg.Client, text: string): Promise<string[]> {
  const { rows } = await where.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${dialect(text)}`);
  return rows.map((row) => row['QUERY PLAN']);
}

const scan = /(Seq|Index|Index Only|Bitmap Index) Scan.* on (\w+)/;
const big = new Set([
  'executions',
  'stage_executions',
  'action_executions',
  'jobs',
  'job_events',
  'builds',
  'logs',
  'log_chunks',
  'events',
]);

/** Only the first or last entry of an index may be found without a condition; that of open builds is short. */
const isEnd = /(by_deadline|events_in_order|logs_removed|builds_open) on/;

/** Returns the steps that scan a big table, or an index of it as a whole, or all pipelines for a row of one. */
function slowSteps(lines: string[]): string[] {
  return lines.filter((line, index) => {
    const [, kind = '', table = ''] = scan.exec(line) ?? [];
    const name = /using (\w+)/.exec(line)?.[1] ?? '';
    if (kind === '' || (kind !== 'Bitmap Index' && !big.has(table))) return false;
    const condition = lines[index + 1] ?? '';
    const isWhole = !condition.includes('Index Cond:') && !isEnd.test(line);
    const isOfAll = name.endsWith('_pkey') && /Filter: .*pipeline_id/.test(`${condition}${lines[index + 2] ?? ''}`);
    return isWhole || isOfAll;
  });
}

async function slowOf(where: pg.Client, statements: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const text of statements) {
    if (/^insert into \w+ \([^)]*\)\s+values/.test(text)) continue;
    const slow = slowSteps(await planOf(where, text));
    found.push(...slow.map((step) => `${step.trim()}: ${text}`));
  }
  return found;
}

const calls = historyCalls(() => {
  throw new Error('these are only named here');
}).map(([name]) => name);

// There is only one pipeline here, so scanning all executions is the same as scanning its own.
const asked = calls.filter((name) => name !== 'pruning a deleted pipeline');

describe('with a long history', () => {
  test.each(asked)('%s reads only what it returns', async (name) => {
    expect(texts.get(name)?.length).toBeGreaterThan(0);
    expect(await slowOf(used, texts.get(name) ?? [])).toEqual([]);
  });

  test('an open job is found by its execution, and an ended execution by its id, however many are open', async () => {
    const plans: string[][] = [];
    for (const text of texts.get('a run through the pipeline') ?? []) plans.push(await planOf(used, text));
    const indexes = new Set(plans.flat().flatMap((line) => /using (\w+)/.exec(line)?.[1] ?? []));
    expect([...indexes]).toEqual(expect.arrayContaining(['jobs_by_execution', 'jobs_offered', 'jobs_id_key']));
    expect([...indexes]).not.toContain('jobs_open');
  });
});

test('the pipelines of a group are found through indexes', async () => {
  const recorded = new Map<string, Parameter[]>();
  await listening(database, recorded).write(async (sql) => {
    const names = [{ scope, name: 'Mill' }];
    for (const jobIds of [[], ['job']]) await lockPipelines(sql, { jobIds, names });
    await lockPipelines(sql, { jobIds: ['job'], names: [] });
    await readLockedJobs(sql, ['job']);
  });
  await unused.query('begin');
  await unused.query(`insert into pipelines (id, account, region, name, version, tags, created_at, updated_at)
    select 'p' || i, 'a', 'r', 'n' || i, 1, '', 0, 0 from generate_series(1, 200) i`);
  await unused.query('analyze pipelines');
  for (const text of recorded.keys()) {
    const lines = await planOf(unused, text);
    const scanned = lines.filter(
      (line, index) => scan.test(line) && !/(Index|Recheck) Cond:/.test(lines[index + 1] ?? ''),
    );
    expect(scanned).toEqual([]);
  }
  await unused.query('rollback');
});

test('in an empty database an execution uses indexes', async () => {
  const statements = ['a start', 'a run through the pipeline', 'occupancy'].flatMap((name) => texts.get(name) ?? []);
  expect(await slowOf(unused, statements)).toEqual([]);
});

test('the check detects scans', () => {
  expect(slowSteps(['Seq Scan on jobs', '  Filter: (id = $1)'])).toHaveLength(1);
  expect(slowSteps(['Index Scan using jobs_open on jobs', '  Filter: (execution_id = $1)'])).toHaveLength(1);
  const backward = 'Index Scan Backward using executions_pkey on executions';
  expect(slowSteps([backward, '  Index Cond: (sequence < $2)', '  Filter: (pipeline_id = $1)'])).toHaveLength(1);
  expect(slowSteps(['Index Scan using jobs_id_key on jobs', '  Index Cond: (id = $1)'])).toEqual([]);
});
