import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../test/support/databases/postgres-database.ts';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import type { StoredEvent } from '../../model/stored-event.ts';
import { copyToPostgres, openEmbeddedStore, openPostgresStore } from '../open.ts';
import type { Store } from '../store.ts';

/** Opens a new database with a store, and connections whose transactions the test controls. */
async function setUp() {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const closing: (() => Promise<void>)[] = [];
  onTestFinished(() => Promise.all(closing.map((close) => close())).then(() => undefined));
  const openStore = async (): Promise<Store> => {
    const store = await openPostgresStore({ url: database.url, poolSize: 2 }, () => 1);
    closing.push(() => store.close());
    return store;
  };
  const connect = async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    closing.push(() => client.end());
    return { run: (sql: string) => client.query(sql), record: (name: string) => client.query(insert(name)) };
  };
  return { openStore, connect };
}

const unnamed = { account: '1', region: 'r', 'detail-type': 't', resources: [], detail: {}, at: 1 };

function insert(name: string): string {
  const announcement = { ...unnamed, source: name };
  return `insert into events (happened_at, kind, detail) values (1, 'announced', '${JSON.stringify(announcement)}')`;
}

const nameOf = (event: StoredEvent) => event.kind === 'announced' && event.announcement.source;

/** Reads until this many events were read, page by page. */
async function read(store: Store, count: number, from?: string) {
  const names: unknown[] = [];
  let cursor = from;
  await expect
    .poll(
      async () => {
        const page = await store.events.read({ cursor, limit: 2 });
        names.push(...page.events.map(nameOf));
        cursor = page.cursor;
        return names.length;
      },
      // Other suites' transactions on the server hold events back.
      { timeout: 20_000, interval: 10 },
    )
    .toBe(count);
  return { names, cursor };
}

test('an event that is committed after later ones is not skipped', async () => {
  const { openStore, connect } = await setUp();
  const store = await openStore();
  const [slow, quick] = [await connect(), await connect()];
  await slow.run('begin');
  await slow.record('slow');
  const before = await store.events.latest();
  await quick.record('quick');
  expect(await store.events.read({ cursor: before, limit: 9 })).toEqual({ events: [], cursor: before, hasMore: true });
  expect(await store.events.latest()).toBe(before);
  await slow.run('commit');
  expect((await read(store, 2, before)).names).toEqual(['slow', 'quick']);
});

test('a transaction that is rolled back leaves no gap that readers wait for', async () => {
  const { openStore, connect } = await setUp();
  const store = await openStore();
  const [broken, quick] = [await connect(), await connect()];
  await broken.run('begin');
  await broken.record('broken');
  await quick.record('quick');
  await broken.run('rollback');
  expect((await read(store, 1)).names).toEqual(['quick']);
});

test('events under one lock keep their order, whichever transaction began first', async () => {
  const { openStore, connect } = await setUp();
  const store = await openStore();
  const [older, newer] = [await connect(), await connect()];
  await newer.run("insert into settings (name, value) values ('row', '')");
  const lock = "update settings set value = '' where name = 'row'";
  await older.run('begin');
  await older.run('select pg_current_xact_id()');
  await newer.run('begin');
  await newer.run(lock);
  await newer.record('first');
  const waiting = older.run(lock);
  await newer.run('commit');
  await waiting;
  await older.record('second');
  await older.run('commit');
  expect((await read(store, 2)).names).toEqual(['first', 'second']);
});

test('in a server whose transactions have lower ids, as after a restore, new events follow the restored ones', async () => {
  const { openStore, connect } = await setUp();
  const store = await openStore();
  const client = await connect();
  await client.record('restored');
  await client.run('update events set stamp = stamp + 1000000000');
  const [one, other] = await Promise.all([openStore(), openStore()]);
  const { cursor } = await read(one, 1);
  await client.record('new');
  await client.record('newer');
  expect((await read(other, 2, cursor)).names).toEqual(['new', 'newer']);
  // A second start changes nothing.
  const third = await openStore();
  await client.record('newest');
  expect((await read(third, 4)).names).toEqual(['restored', 'new', 'newer', 'newest']);
  expect((await read(store, 4)).names).toHaveLength(4);
});

test('a cursor of a data folder goes on in the database that it is copied to', async () => {
  const folder = temporaryFolder();
  const embedded = await openEmbeddedStore(folder, () => 1);
  const named = (source: string) => ({ ...unnamed, source });
  await embedded.events.announce([named('one'), named('two'), named('three')]);
  const { cursor } = await embedded.events.read({ limit: 1 });
  await embedded.close();
  const database = await createDatabase({ isEmpty: true });
  await copyToPostgres(folder, database.url, () => undefined);
  const store = await openPostgresStore({ url: database.url, poolSize: 2 }, () => 1);
  onTestFinished(async () => {
    await store.close();
    await database.drop();
  });
  await store.events.announce([named('four')]);
  expect((await read(store, 3, cursor)).names).toEqual(['two', 'three', 'four']);
});
