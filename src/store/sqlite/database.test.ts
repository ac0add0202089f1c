import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { countWalCommits } from '../../../test/support/databases/sqlite-file.ts';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import { type Database, type Statements, StorageFullError } from '../database.ts';
import { openSqlite } from './database.ts';
import { loadSqlite } from './driver.ts';

let file: string;
let database: Database;
beforeEach(async () => {
  file = join(temporaryFolder(), 'x.sqlite');
  database = await openSqlite(file);
  onTestFinished(() => database.close());
  await database.write((sql) => sql.run('create table notes (id bigint not null primary key, text text)'));
});

function insert(id: number) {
  return (sql: Statements) => sql.run('insert into notes (id, text) values (?, ?)', id, `note ${id}`);
}

const notOne = () => new Error('not one');

async function ids(): Promise<number[]> {
  const rows = await database.read((sql) => sql.all<{ id: number }>('select id from notes order by id'));
  return rows.map(({ id }) => id);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe('group commit', () => {
  test('concurrent writes share commits', async () => {
    const before = countWalCommits(file);
    await Promise.all(upTo(256).map((id) => database.write(insert(id))));
    expect(countWalCommits(file) - before).toBe(256 / 64);
    expect(await ids()).toEqual(upTo(256));
  });

  test('sequential writes have a commit each', async () => {
    const before = countWalCommits(file);
    for (const id of upTo(5)) await database.write(insert(id));
    expect(countWalCommits(file) - before).toBe(5);
  });

  test('no write resolves before the commit: another connection sees it', async () => {
    const Sqlite = await loadSqlite();
    const other = new Sqlite(file);
    onTestFinished(() => other.close());
    const find = other.prepare('select id from notes where id = ?');
    const seen = upTo(100).map((id) => database.write(insert(id)).then(() => find.get(id) !== undefined));
    expect(await Promise.all(seen)).toEqual(upTo(100).map(() => true));
  });

  test('no write resolves while a later member of the group is running', async () => {
    let isAnswered = false;
    const first = database.write(insert(1)).then(() => {
      isAnswered = true;
    });
    const second = database.write(async (sql) => {
      await insert(2)(sql);
      return isAnswered;
    });
    expect(await second).toBe(false);
    await first;
  });

  test('members run one after the other and see what earlier ones wrote', async () => {
    const counts = await Promise.all(
      upTo(10).map((id) =>
        database.write(async (sql) => {
          await insert(id)(sql);
          const row = await sql.get<{ count: number }>('select count(*) as count from notes');
          return row?.count;
        }),
      ),
    );
    expect(counts).toEqual(upTo(10).map((id) => id + 1));
  });

  test('reads see only committed rows', async () => {
    const seen: number[][] = [];
    await database.write(async (sql) => {
      await insert(1)(sql);
      seen.push(await ids());
    });
    expect([...seen, await ids()]).toEqual([[], [1]]);
  });
});

describe('a member that fails', () => {
  test('is rolled back alone with all it has written', async () => {
    const settled = await Promise.allSettled([
      database.write(insert(1)),
      database.write(async (sql) => {
        await insert(2)(sql);
        throw new Error('changed its mind');
      }),
      database.write(insert(3)),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await ids()).toEqual([1, 3]);
  });

  test('with a violated constraint affects no other', async () => {
    const settled = await Promise.allSettled([1, 1, 2].map((id) => database.write(insert(id))));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await ids()).toEqual([1, 2]);
  });

  test.each<[string, (sql: Statements) => unknown, string]>([
    ['a write that nothing waits for', (sql) => sql.send('insert into notes (id) values (0)'), 'UNIQUE constraint'],
    ['a query that nothing waits for', (sql) => sql.get('select nonsense'), 'nonsense'],
    ['a swallowed failure', (sql) => sql.run('select nonsense').catch(() => undefined), 'nonsense'],
    ['no changed row instead of one', (sql) => sql.sendOne(notOne, 'delete from notes where id = 7'), 'not one'],
    ['two changed rows instead of one', (sql) => sql.sendOne(notOne, "update notes set text = ''"), 'not one'],
  ])('because of %s affects no other', async (_, fail, message) => {
    await database.write(insert(0));
    const [first, failing, last] = await Promise.allSettled([
      database.write(insert(1)),
      database.write(async (sql) => {
        await insert(2)(sql);
        try {
          await fail(sql);
        } catch {
          // What it does after that must not be written either.
        }
        sql.send('insert into notes (id) values (3)');
      }),
      database.write(async (sql) => {
        sql.send('insert into notes (id) values (?)', 4);
        sql.sendOne(notOne, 'update notes set text = ? where id = ?', 'changed', 4);
      }),
    ]);
    expect([first.status, failing.status, last.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(String((failing as PromiseRejectedResult).reason)).toContain(message);
    expect(await ids()).toEqual([0, 1, 4]);
  });

  test('without noticing it, in its last statement, is rolled back too', async () => {
    const failing = database.write(async (sql) => {
      await insert(1)(sql);
      void sql.run('select nonsense');
    });
    await expect(failing).rejects.toThrow('nonsense');
    expect(await ids()).toEqual([]);
  });

  test('with invalid SQL affects no other', async () => {
    const settled = await Promise.allSettled([
      database.write(insert(1)),
      database.write((sql) => sql.run('insert into nowhere values (1)')),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await ids()).toEqual([1]);
  });

  test('because the disk is full fails its whole group, but not the next', async () => {
    await database.write((sql) => sql.run('pragma max_page_count = 8'));
    const settled = await Promise.allSettled([
      database.write(insert(1)),
      database.write((sql) => sql.run('insert into notes (id, text) values (2, ?)', 'x'.repeat(1_000_000))),
      database.write(insert(3)),
    ]);
    const full = { status: 'rejected', reason: expect.any(StorageFullError) };
    expect(settled).toEqual([full, full, full]);
    expect(await ids()).toEqual([]);
    await database.write(insert(4));
    expect(await ids()).toEqual([4]);
  });
});

describe('the connection', () => {
  test('is durable at each commit, enforces foreign keys and undoes savepoints from memory', async () => {
    const settings = await database.write(async (sql) => ({
      synchronous: await sql.get('pragma synchronous'),
      journal: await sql.get('pragma journal_mode'),
      references: await sql.get('pragma foreign_keys'),
      temporary: await sql.get('pragma temp_store'),
    }));
    expect(settings).toEqual({
      synchronous: { synchronous: 2 },
      journal: { journal_mode: 'wal' },
      references: { foreign_keys: 1 },
      temporary: { temp_store: 2 },
    });
  });

  test('rejects writes in a read', async () => {
    await expect(database.read((sql) => sql.run('delete from notes'))).rejects.toThrow();
  });

  test('waits for pending writes when it is closed', async () => {
    const written = Promise.all(upTo(100).map((id) => database.write(insert(id))));
    await database.close();
    await written;
    database = await openSqlite(file);
    expect(await ids()).toEqual(upTo(100));
  });

  test('preserves integers up to 2^53, the bytes of texts, and null', async () => {
    const row = { id: Number.MAX_SAFE_INTEGER, text: "it's 💧 \n ?" };
    await database.write((sql) => sql.run('insert into notes (id, text) values (?, ?)', row.id, row.text));
    await database.write((sql) => sql.run('insert into notes (id, text) values (?, ?)', -(2 ** 40), null));
    const rows = await database.read((sql) => sql.all('select id, text from notes order by id'));
    expect(rows).toEqual([{ id: -(2 ** 40), text: null }, row]);
  });
});
