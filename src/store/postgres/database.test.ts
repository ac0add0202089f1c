import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import {
  createDatabase,
  type PostgresDatabase as TestDatabase,
} from '../../../test/support/databases/postgres-database.ts';
import { flakyNetwork } from '../../../test/support/servers/flaky-network.ts';
import { DatabaseUnavailableError, OvertakenError, type Statements } from '../database.ts';
import { openPostgres, type PostgresOptions } from './database.ts';

let ground: TestDatabase;
/** A connection outside the pool. */
let outside: pg.Client;

beforeAll(async () => {
  ground = await createDatabase({ isEmpty: true });
  outside = new pg.Client({ connectionString: ground.url });
  await outside.connect();
  await outside.query('create table counts (name text primary key, value bigint not null)');
});
beforeEach(async () => {
  await outside.query("delete from counts; insert into counts values ('a', 0), ('b', 0)");
});
afterAll(async () => {
  await outside.end();
  await ground.drop();
});

function open(options: Partial<PostgresOptions> = {}) {
  const durations = { statementTimeoutMs: 10_000, idleTransactionTimeoutMs: 10_000 };
  const database = openPostgres({ url: ground.url, poolSize: 4, ...durations, ...options });
  onTestFinished(() => database.close());
  return database;
}

const add = (sql: Statements, name: string) => sql.run('update counts set value = value + 1 where name = ?', name);

async function countOf(name: string): Promise<number> {
  const { rows } = await outside.query('select value from counts where name = $1', [name]);
  return Number(rows[0]?.value);
}

const processOf = async (sql: Statements) =>
  (await sql.get<{ pid: number }>('select pg_backend_pid() as pid'))?.pid ?? 0;

const terminate = (pid: number) => outside.query('select pg_terminate_backend($1, 5000)', [pid]);

/** Resolves when this many callers have arrived. */
function meeting(expected: number): () => Promise<void> {
  let come = 0;
  let open: () => void;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    come += 1;
    if (come === expected) open();
    return all;
  };
}

describe('a transaction runs again', () => {
  test('after a deadlock with another: both succeed', async () => {
    const database = open();
    const meet = meeting(2);
    let runs = 0;
    const inOrder = (first: string, second: string) =>
      database.write(async (sql) => {
        runs += 1;
        await add(sql, first);
        await meet();
        await add(sql, second);
      });
    await Promise.all([inOrder('a', 'b'), inOrder('b', 'a')]);
    expect(runs).toBe(3);
    expect([await countOf('a'), await countOf('b')]).toEqual([2, 2]);
  });

  test.each(['40001', '23505'])('after the server rejects it with %s because of another', async (state) => {
    let runs = 0;
    const result = await open().write(async (sql) => {
      runs += 1;
      await add(sql, 'a');
      if (runs === 1) await sql.run(`do $$ begin raise sqlstate '${state}'; end $$`);
      return runs;
    });
    expect([result, await countOf('a')]).toEqual([2, 1]);
  });

  test('after it has detected itself that another overtook it', async () => {
    let runs = 0;
    await open().write(async (sql) => {
      runs += 1;
      await add(sql, 'a');
      if (runs < 3) throw new OvertakenError();
    });
    expect([runs, await countOf('a')]).toEqual([3, 1]);
  });

  test('after its connection breaks before the commit', async () => {
    let runs = 0;
    await open().write(async (sql) => {
      runs += 1;
      await add(sql, 'a');
      if (runs === 1) await terminate(await processOf(sql));
      await add(sql, 'b');
    });
    expect([runs, await countOf('a'), await countOf('b')]).toEqual([2, 1, 1]);
  });

  test('but not forever: a permanent failure is reported', async () => {
    let runs = 0;
    const failing = open().write(async (sql) => {
      runs += 1;
      await sql.run("do $$ begin raise sqlstate '40001'; end $$");
    });
    await expect(failing).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(8);
  });
});

describe('a transaction does not run again', () => {
  test('after its connection breaks during the commit: the outcome is unknown, and the caller has to retry', async () => {
    await outside.query(`create table slow (id bigint);
      create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(30); return null; end $$;
      create constraint trigger at_commit after insert on slow deferrable initially deferred
        for each row execute function wait()`);
    let runs = 0;
    const committing = open().write(async (sql) => {
      runs += 1;
      await sql.run('insert into slow values (1)');
    });
    const rejection = expect(committing).rejects.toBeInstanceOf(DatabaseUnavailableError);
    const stuck = "select pid from pg_stat_activity where datname = current_database() and query = 'commit'";
    const { pid } = await expect
      .poll(async () => (await outside.query(stuck)).rows[0])
      .toBeTruthy()
      .then(async () => (await outside.query(stuck)).rows[0]);
    await terminate(pid);
    await rejection;
    expect(runs).toBe(1);
  });

  test('after a failed statement that went unnoticed: it is not reported as committed', async () => {
    const swallowing = open().write(async (sql) => {
      await add(sql, 'a');
      await sql.run('select nonsense').catch(() => undefined);
      return 'done';
    });
    await expect(swallowing).rejects.toThrow();
    expect(await countOf('a')).toBe(0);
  });

  test('after a failure of its own', async () => {
    let runs = 0;
    const failing = open().write(async (sql) => {
      runs += 1;
      await add(sql, 'a');
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    expect([runs, await countOf('a')]).toEqual([1, 0]);
  });
});

describe('a database that does not respond', () => {
  test('within the statement time-out is reported, and serves the next call', async () => {
    const database = open({ statementTimeoutMs: 50, poolSize: 1 });
    for (const call of ['read', 'write'] as const) {
      const slow = database[call]((sql) => sql.run('select pg_sleep(10)'));
      await expect(slow).rejects.toMatchObject({ code: 'ServiceUnavailable', httpStatus: 503 });
    }
    expect(await database.read((sql) => sql.get('select 1 as one'))).toEqual({ one: 1 });
  });

  test('because its network is cut is reported, and serves again after that', async () => {
    const network = await flakyNetwork(ground.url);
    onTestFinished(() => network.close());
    const database = open({ url: network.url, statementTimeoutMs: 100, poolSize: 2 });
    const one = () => database.read((sql) => sql.get('select 1 as one'));
    expect(await one()).toEqual({ one: 1 });
    network.cut();
    await expect(one()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(one()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    network.mend();
    expect(await one()).toEqual({ one: 1 });
  });

  test('because it does not exist is reported immediately', async () => {
    const database = open({ url: 'postgres://postgres@127.0.0.1:1/none' });
    await expect(database.read((sql) => sql.get('select 1'))).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(database.write((sql) => sql.get('select 1'))).rejects.toBeInstanceOf(DatabaseUnavailableError);
  });
});

test('a stalled transaction loses its locks, others continue, and it runs again', async () => {
  const [frozen, other] = [open({ idleTransactionTimeoutMs: 100 }), open()];
  let runs = 0;
  let wake = () => {};
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const reached = meeting(2);
  const sleeping = frozen.write(async (sql) => {
    runs += 1;
    await add(sql, 'a');
    if (runs > 1) return;
    void reached();
    await asleep;
    await add(sql, 'a');
  });
  await reached();
  await other.write((sql) => add(sql, 'a'));
  expect(await countOf('a')).toBe(1);
  wake();
  await sleeping;
  expect([runs, await countOf('a')]).toEqual([2, 2]);
});

test('more callers than connections are all served, without more connections', async () => {
  const database = open({ poolSize: 3 });
  const seen = new Set<number>();
  await Promise.all(
    Array.from({ length: 60 }, () =>
      database.write(async (sql) => {
        seen.add(await processOf(sql));
        await add(sql, 'a');
      }),
    ),
  );
  expect(await countOf('a')).toBe(60);
  expect(seen.size).toBeLessThanOrEqual(3);
});

test('counts, sums and the largest safe integer are numbers', async () => {
  const largest = Number.MAX_SAFE_INTEGER;
  const database = open();
  await database.write((sql) => sql.run('update counts set value = ?', largest));
  const row = await database.read((sql) =>
    sql.get(
      "select value, count(*) over () as rows, sum(0) over () as sum, null as nothing, name from counts where name = 'a'",
    ),
  );
  expect(row).toEqual({ value: largest, rows: 1, sum: 0, nothing: null, name: 'a' });
});

test('a connection that breaks between two statements of a transaction costs only another attempt', async () => {
  const url = inject('postgresUrl');
  const database = openPostgres({ url, poolSize: 1, statementTimeoutMs: 5000, idleTransactionTimeoutMs: 5000 });
  onTestFinished(() => database.close());
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  onTestFinished(() => other.end());
  const seen: number[] = [];
  await database.write(async (sql) => {
    const row = await sql.get<{ pid: number }>('select pg_backend_pid() as pid');
    seen.push(row?.pid ?? 0);
    // No response is pending on the connection, so only an event reports its end.
    if (seen.length === 1) await other.query('select pg_terminate_backend($1, 5000)', [row?.pid]);
    await sql.get('select 1 as one');
  });
  expect(seen).toHaveLength(2);
  expect(seen[1]).not.toBe(seen[0]);
});
