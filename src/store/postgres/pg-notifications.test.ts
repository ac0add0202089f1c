import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createDatabase, type PostgresDatabase } from '../../../test/support/databases/postgres-database.ts';
import { createNotifications } from '../notifications.ts';
import { createPgNotifications } from './pg-notifications.ts';

const longMs = 60_000;

let ground: PostgresDatabase;
let outside: pg.Client;

beforeAll(async () => {
  ground = await createDatabase({ isEmpty: true });
  outside = new pg.Client({ connectionString: ground.url });
  await outside.connect();
});
afterAll(async () => {
  await outside.end();
  await ground.drop();
});

const listeners = "from pg_stat_activity where datname = current_database() and application_name = 'millrace wake-ups'";

async function connections(): Promise<number> {
  const { rows } = await outside.query(`select pid ${listeners} and query not like '%connect%'`);
  return rows.length;
}

/** Opens nodes that notify each other. */
async function openNodes(count: number) {
  const nodes = Array.from({ length: count }, () => createPgNotifications(createNotifications(), ground.url));
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.close()));
  });
  // A node gets only notifications sent after it started to listen, so repeat them until all do.
  for (const node of nodes) {
    const others = nodes.filter((other) => other !== node);
    const heard = others.map((other) => other.wait('hello', longMs, AbortSignal.timeout(longMs)));
    let isHeard = false;
    const all = Promise.all(heard).then(() => {
      isHeard = true;
    });
    await expect
      .poll(async () => {
        node.wake(['hello']);
        return isHeard;
      })
      .toBe(true);
    await all;
  }
  return nodes;
}

/** Polls until a wait is over. */
function ended(wait: Promise<void>): () => boolean {
  let isOver = false;
  void wait.then(() => {
    isOver = true;
  });
  return () => isOver;
}

const wait = (node: ReturnType<typeof createPgNotifications> | undefined, queue: string) =>
  ended(node?.wait(queue, longMs, AbortSignal.timeout(longMs)) ?? Promise.reject(new Error('no node')));

test('a notification on one node wakes waits on all others, for its queue only', async () => {
  const [one, other, third] = await openNodes(3);
  const waits = [wait(one, 'q'), wait(other, 'q'), wait(third, 'q')];
  const elsewhere = wait(other, 'elsewhere');
  one?.wake(['q']);
  for (const isOver of waits) await expect.poll(isOver).toBe(true);
  expect(elsewhere()).toBe(false);
});

test('any number of names arrives, however long', async () => {
  const [one, other] = await openNodes(2);
  const names = Array.from({ length: 500 }, (_, index) => `"ü${index}`.padEnd(100, 'x'));
  const waits = names.map((name) => wait(other, name));
  one?.wake(names);
  for (const isOver of waits) await expect.poll(isOver).toBe(true);
});

test('a broken connection is reopened, and then all waits are woken, as notifications may be lost', async () => {
  const [one, other] = await openNodes(2);
  const waits = [wait(one, 'q'), wait(other, 'p')];
  await outside.query(`select pg_terminate_backend(pid, 5000) ${listeners}`);
  for (const isOver of waits) await expect.poll(isOver, { timeout: 5000 }).toBe(true);
  await expect.poll(connections, { timeout: 5000 }).toBe(2);
  const again = wait(other, 'q');
  await expect
    .poll(() => {
      one?.wake(['q']);
      return again();
    })
    .toBe(true);
});

test('other messages on the channel do no harm', async () => {
  const [one, other] = await openNodes(2);
  const nonsense = ['', '{', 'null', '[]', '5', '{"from":1}', '{"queues":"q"}', '{"queues":{"length":3}}'];
  for (const payload of [...nonsense, JSON.stringify({ queues: [null, {}, 1] })]) {
    await outside.query('select pg_notify($1, $2)', ['millrace_wakes', payload]);
  }
  const isOver = wait(other, 'q');
  one?.wake(['q']);
  await expect.poll(isOver).toBe(true);
});

test('nothing is sent after closing, and closing does not wait for the server', async () => {
  const [one] = await openNodes(1);
  await one?.close();
  one?.wake(['q']);
  await expect.poll(connections).toBe(0);
});
