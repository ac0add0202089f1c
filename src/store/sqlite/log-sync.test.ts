import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import type { Database } from '../database.ts';
import { openSqlite } from './database.ts';
import { loadSqlite } from './driver.ts';
import { LogNotSyncedError, openLog } from './log-sync.ts';

let file: string;
let database: Database;
let disk: HeldDisk;
beforeEach(async () => {
  file = join(temporaryFolder(), 'x.sqlite');
  disk = new HeldDisk();
  database = await openSqlite(file, (name) => disk.open(name));
  onTestFinished(() => database.close().catch(() => undefined));
  await database.write((sql) => sql.run('create table notes (id bigint not null primary key)'));
});

/** Syncs of the log that end only when the test says so. */
class HeldDisk {
  begun = 0;
  #isHeld = false;
  readonly #held: { end: () => void; fail: (error: Error) => void }[] = [];

  async open(name: string) {
    const log = await openLog(name);
    return {
      close: () => log.close(),
      datasync: async () => {
        this.begun += 1;
        if (this.#isHeld) await new Promise<void>((end, fail) => this.#held.push({ end, fail }));
        await log.datasync();
      },
    };
  }

  hold(): void {
    this.begun = 0;
    this.#isHeld = true;
  }

  /** Ends the sync that runs; the next one is held again. */
  end(): void {
    this.#held.shift()?.end();
  }

  fail(error: Error): void {
    this.#isHeld = false;
    this.#held.shift()?.fail(error);
  }

  release(): void {
    this.#isHeld = false;
    this.end();
  }
}

const insert = (id: number) => database.write((sql) => sql.run('insert into notes (id) values (?)', id));
const ids = () => database.read((sql) => sql.all<{ id: number }>('select id from notes order by id'));

/** Returns what a promise has become after everything that doesn't wait for the disk. */
async function stateOf(promise: Promise<unknown>): Promise<'waiting' | 'resolved' | 'rejected'> {
  let state: 'waiting' | 'resolved' | 'rejected' = 'waiting';
  promise.then(
    () => (state = 'resolved'),
    () => (state = 'rejected'),
  );
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  return state;
}

/** Counts the committed rows over a connection of its own. */
async function countCommitted(): Promise<unknown> {
  const Sqlite = await loadSqlite();
  const other = new Sqlite(file);
  try {
    return other.prepare('select count(*) as count from notes').get();
  } finally {
    other.close();
  }
}

describe('a commit whose sync is running', () => {
  test('is answered only when the sync has ended', async () => {
    disk.hold();
    const written = insert(1);
    expect(await stateOf(written)).toBe('waiting');
    expect(await countCommitted()).toEqual({ count: 1 });
    disk.release();
    await written;
  });

  test('lets the next groups commit, and one more sync covers all of them', async () => {
    disk.hold();
    const first = insert(1);
    expect(await stateOf(first)).toBe('waiting');
    const second = insert(2);
    expect(await stateOf(second)).toBe('waiting');
    const third = insert(3);
    expect(await stateOf(third)).toBe('waiting');
    expect(await countCommitted()).toEqual({ count: 3 });
    const seen = ids();
    expect(await stateOf(seen)).toBe('waiting');
    expect(disk.begun).toBe(1);
    disk.end();
    await first;
    for (const answer of [second, third, seen]) expect(await stateOf(answer)).toBe('waiting');
    expect(disk.begun).toBe(2);
    disk.release();
    await Promise.all([second, third, seen]);
    expect(disk.begun).toBe(2);
  });

  test('is shown to no reader before, nor to a transaction that only reads or refuses', async () => {
    disk.hold();
    const written = insert(1);
    await stateOf(written);
    const seen = ids();
    const found = database.write((sql) => sql.get('select id from notes where id = 1'));
    const refused = insert(1);
    const checked = database.check();
    for (const answer of [seen, found, refused, checked]) expect(await stateOf(answer)).toBe('waiting');
    disk.release();
    expect(await seen).toEqual([{ id: 1 }]);
    expect(await found).toEqual({ id: 1 });
    await expect(refused).rejects.toThrow('UNIQUE');
    await checked;
  });

  test('keeps the database from closing', async () => {
    disk.hold();
    const written = insert(1);
    await stateOf(written);
    const closed = database.close();
    expect(await stateOf(closed)).toBe('waiting');
    disk.release();
    await Promise.all([written, closed]);
  });
});

describe('what is synced', () => {
  test('nothing after a transaction that wrote nothing', async () => {
    disk.hold();
    await database.write((sql) => sql.run('delete from notes where id = 9'));
    await database.write((sql) => sql.all('select id from notes'));
    await ids();
    expect(disk.begun).toBe(0);
  });

  test.each([
    'update notes set id = 2',
    'pragma user_version = 7',
    'create table more (id bigint)',
    'alter table notes add column text text',
  ])('%s', async (text) => {
    await insert(1);
    disk.hold();
    const written = database.write((sql) => sql.run(text));
    expect(await stateOf(written)).toBe('waiting');
    disk.release();
    await written;
  });
});

test('after a sync that failed nothing is answered any more, not even by a sync that would succeed', async () => {
  disk.hold();
  const first = insert(1);
  await stateOf(first);
  const second = insert(2);
  const seen = ids();
  await stateOf(second);
  disk.fail(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' }));
  const answers = await Promise.allSettled([first, second, seen, insert(3), ids(), database.check()]);
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(LogNotSyncedError) });
    expect(answer).toMatchObject({ reason: { systemFailure: { kind: 'unavailable', code: 'EIO' } } });
  }
  expect(disk.begun).toBe(1);
});
