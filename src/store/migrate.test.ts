import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { migrate } from './migrate.ts';
import { openEmbeddedStore } from './open.ts';
import { dialect, openSqlite } from './sqlite/database.ts';

const numbers = readdirSync(new URL('./migrations/', import.meta.url))
  .map((name) => Number(name.slice(0, 4)))
  .sort((left, right) => left - right);
const newest = numbers.at(-1) ?? 0;

async function open(file: string) {
  const database = await openSqlite(file);
  onTestFinished(() => database.close());
  return database;
}

describe('the schema', () => {
  test('has each number once', () => {
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers[0]).toBe(1);
  });

  test('records every version, and a second start has nothing to do', async () => {
    const database = await open(join(temporaryFolder(), 'x.sqlite'));
    const versions = () =>
      database.read((sql) => sql.all<{ version: number }>('select version from schema_versions order by version'));
    await migrate(database, dialect);
    expect((await versions()).map(({ version }) => version)).toEqual(numbers);
    await migrate(database, dialect);
    expect(await versions()).toHaveLength(numbers.length);
  });

  test('rejects data of a newer Millrace with a clear message, and changes nothing', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'millrace.sqlite');
    const database = await open(file);
    await migrate(database, dialect);
    await database.write((sql) => sql.run('insert into schema_versions (version) values (9999)'));
    await expect(openEmbeddedStore(folder, () => 0)).rejects.toThrow(
      `The data was written by a newer Millrace (schema 9999; this one knows ${newest}). Start that version or a newer one.`,
    );
    const rows = await database.read((sql) => sql.all('select version from schema_versions'));
    expect(rows).toHaveLength(numbers.length + 1);
  });

  test('rolls back a version that fails', async () => {
    const database = await open(join(temporaryFolder(), 'x.sqlite'));
    const broken = (sql: string) =>
      sql.includes('create table pipelines') ? `${dialect(sql)}; create nonsense` : dialect(sql);
    await expect(migrate(database, broken)).rejects.toThrow();
    const names = await database.read((sql) =>
      sql.all<{ name: string }>("select name from sqlite_master where type = 'table'"),
    );
    expect(names.map(({ name }) => name)).toEqual(['schema_versions']);
    await migrate(database, dialect);
  });

  test('0011 ends what older deletions left in progress, and fills the new columns of older rows', async () => {
    const database = await open(join(temporaryFolder(), 'x.sqlite'));
    const until0011 = (text: string) => {
      if (text.includes('create table artifact_removals')) throw new Error('not yet');
      return dialect(text);
    };
    await expect(migrate(database, until0011)).rejects.toThrow('not yet');
    const target = '00000000-0000-4000-8000-000000000002';
    const rollback = JSON.stringify({ targetExecutionId: target, stageName: 'S', artifacts: [], namespaces: [] });
    const insert = (table: string, row: Record<string, string | number | null>) =>
      database.write((sql) =>
        sql.run(
          `insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.keys(row)
            .map(() => '?')
            .join(', ')})`,
          ...Object.values(row),
        ),
      );
    const at = { started_at: 1, updated_at: 1 };
    for (const [name, deleted_at] of [
      ['Gone', 50],
      ['Here', null],
    ] as const) {
      const pipeline = { id: name, account: 'a', region: 'r', name, version: 7, tags: '{}', created_at: 1 };
      await insert('pipelines', { ...pipeline, updated_at: 1, deleted_at });
    }
    const execution = {
      execution_mode: 'SUPERSEDED',
      trigger_type: 'CreatePipeline',
      variables: '[]',
      revisions: '[]',
    };
    const action = { stage_name: 'S', action_name: 'A', status: 'InProgress', start: '{}', progress: '{}' };
    for (const [id, pipeline_id, rollback_of] of [
      ['old', 'Gone', null],
      [target, 'Here', null],
      ['back', 'Here', rollback],
    ] as const) {
      const whose = { execution_id: id, pipeline_id };
      const status = { status: 'InProgress' };
      await insert('executions', { id, pipeline_id, pipeline_version: 7, ...execution, ...status, rollback_of, ...at });
      await insert('stage_executions', { ...whose, stage_name: `S of ${id}`, ...status, is_locking: 1, ...at });
      await insert('action_executions', { id: `a ${id}`, ...whose, ...action, ...at });
    }
    await migrate(database, dialect);
    const rows = await database.read((sql) =>
      sql.all(
        `select e.id, e.status, e.updated_at, e.rollback_target, s.is_locking, a.status as action
         from executions e join stage_executions s on s.execution_id = e.id join action_executions a on a.execution_id = e.id
         where s.execution_sequence = e.sequence and s.pipeline_version = 7 order by e.sequence`,
      ),
    );
    const running = { status: 'InProgress', updated_at: 1, is_locking: 1, action: 'InProgress' };
    expect(rows).toEqual([
      { id: 'old', status: 'Stopped', updated_at: 50, rollback_target: null, is_locking: 0, action: 'Abandoned' },
      { id: target, ...running, rollback_target: null },
      { id: 'back', ...running, rollback_target: target },
    ]);
  });
});
