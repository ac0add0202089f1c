import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { historyCalls, listening } from '../../../test/support/databases/history-calls.ts';
import { fillHistory, historyEnd } from '../../../test/support/databases/long-history.ts';
import {
  createDatabase,
  type PostgresDatabase as TestDatabase,
} from '../../../test/support/databases/postgres-database.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import type { Parameter } from '../database.ts';
import { createNotifications } from '../notifications.ts';
import { createStore } from '../store.ts';
import { openPostgres, type PostgresDatabase, sessionSettings } from './database.ts';
import { dialect } from './dialect.ts';

let ground: TestDatabase;
let fresh: TestDatabase;
let database: PostgresDatabase;
/** Connections as the driver's own are, to either. */
let used: pg.Client;
let unused: pg.Client;
/** The texts of the statements of each call, in the order of the calls. */
const texts = new Map<string, string[]>();

const durations = { poolSize: 4, statementTimeoutMs: 60_000, idleTransactionTimeoutMs: 60_000 };

/**
 * A history of ended executions and jobs of one pipeline, seen by ANALYZE when nothing was in progress: the statistics
 * under which an empty partial index looks best.
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
      "insert into job_log_chunks (job_id, start_offset, text, size_bytes, is_cut) select id, 0, 'x', 1, 0 from jobs",
    );
  });
  await used.query('analyze');
  const told = new Map<string, Parameter[]>();
  const store = createStore(listening(database, told), {
    now: () => historyEnd,
    limits: defaultQuotas,
    wakes: createNotifications(),
  });
  for (const [name, call] of historyCalls(() => store)) {
    told.clear();
    await call();
    texts.set(name, [...told.keys()]);
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

/** The plan that a connection of ours keeps for a statement, whatever the parameters are, as lines. */
async function planOf(where: pg.Client, text: string): Promise<string[]> {
  const { rows } = await where.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${dialect(text)}`);
  return rows.map((row) => row['QUERY PLAN']);
}

const scan = /(Seq|Index|Index Only|Bitmap Index) Scan.* on (\w+)/;
const big = new Set(['executions', 'stage_executions', 'action_executions', 'jobs', 'job_events', 'job_log_chunks']);

/** The first or last entry of an index is found without a condition, and nothing else may be. */
const isEnd = /by_deadline on/;

/** Steps that look through a big table, or through an index of it from one end to the other, or for a row of a pipeline through all. */
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

// Of one pipeline alone, which is all there is here, looking at all executions is the same as looking at its own.
const asked = calls.filter((name) => name !== 'what was deleted');

describe('with a long history', () => {
  test.each(asked)('%s looks only at what it answers', async (name) => {
    expect(texts.get(name)?.length).toBeGreaterThan(0);
    expect(await slowOf(used, texts.get(name) ?? [])).toEqual([]);
  });

  test('an open job is found by its execution, and an execution ended by its id, however many are open', async () => {
    const plans: string[][] = [];
    for (const text of texts.get('a way through the pipeline') ?? []) plans.push(await planOf(used, text));
    const indexes = new Set(plans.flat().flatMap((line) => /using (\w+)/.exec(line)?.[1] ?? []));
    expect([...indexes]).toEqual(expect.arrayContaining(['jobs_by_execution', 'jobs_offered', 'jobs_id_key']));
    expect([...indexes]).not.toContain('jobs_open');
  });
});

test('in a database that nothing has been in yet an execution goes its way by indexes', async () => {
  const statements = ['a start', 'a way through the pipeline', 'who holds and who waits'].flatMap(
    (name) => texts.get(name) ?? [],
  );
  expect(await slowOf(unused, statements)).toEqual([]);
});

test('the check itself finds what looks through everything', () => {
  expect(slowSteps(['Seq Scan on jobs', '  Filter: (id = $1)'])).toHaveLength(1);
  expect(slowSteps(['Index Scan using jobs_open on jobs', '  Filter: (execution_id = $1)'])).toHaveLength(1);
  const backward = 'Index Scan Backward using executions_pkey on executions';
  expect(slowSteps([backward, '  Index Cond: (sequence < $2)', '  Filter: (pipeline_id = $1)'])).toHaveLength(1);
  expect(slowSteps(['Index Scan using jobs_id_key on jobs', '  Index Cond: (id = $1)'])).toEqual([]);
});
