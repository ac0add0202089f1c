import { expect, inject, onTestFinished, test } from 'vitest';
import type { Statements } from '../database.ts';
import { openPostgres } from './database.ts';

function open() {
  const durations = { statementTimeoutMs: 10_000, idleTransactionTimeoutMs: 10_000 };
  const database = openPostgres({ url: inject('postgresUrl'), poolSize: 1, ...durations });
  onTestFinished(() => database.close());
  return database;
}

test('texts of any length, null and negative numbers arrive as they were sent', async () => {
  const database = open();
  const values = ['', 'é€😀\n\'"\\', '\ud800'.toWellFormed(), 'x'.repeat(70_000), '€'.repeat(300_000), null];
  const echo = (value: string | null) => database.read((sql) => sql.get('select cast(? as text) as value', value));
  expect(await Promise.all(values.map(echo))).toEqual(values.map((value) => ({ value })));
  const numbers = await database.read((sql) =>
    sql.get('select cast(? as bigint) as large, cast(? as integer) as negative', -Number.MAX_SAFE_INTEGER, -1),
  );
  expect(numbers).toEqual({ large: -Number.MAX_SAFE_INTEGER, negative: -1 });
});

test('a statement that failed at first is prepared again', async () => {
  const database = open();
  const divide = (by: number) => database.read((sql) => sql.get('select 6 / cast(? as integer) as value', by));
  await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
  for (const by of [1, 2, 3]) expect(await divide(by)).toEqual({ value: 6 / by });
});

test('statements sent together are answered each, also those that are prepared in the same batch', async () => {
  const database = open();
  const echo = (sql: Statements, value: number) => sql.get('select cast(? as integer) as value', value);
  for (let round = 0; round < 2; round += 1) {
    const results = await database.write((sql) =>
      Promise.all([echo(sql, 1), sql.all('select 1 as one where 1 = 0'), echo(sql, 2), sql.run('select 1 as one')]),
    );
    expect(results).toEqual([{ value: 1 }, [], { value: 2 }, 1]);
  }
});

test('of statements sent together outside a transaction, those behind a failed one are not run', async () => {
  const database = open();
  const results = await database.read((sql) =>
    Promise.allSettled([sql.get('select 1 as one'), sql.get('select nonsense'), sql.get('select 2 as two')]),
  );
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(await database.read((sql) => sql.get('select 3 as three'))).toEqual({ three: 3 });
});
