// @ts-check
// The cost of a long history: the same calls on 1,000 pipelines with a million executions and with about a thousand, on
// both stores. The pipelines that are called have 100 executions in the short history already, so that a page of
// ListPipelineExecutions is full on both sides.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { benchmark } from './support/benchmark.mjs';
import { measureAlternately, ratioRow } from './support/comparison.mjs';
import { createCalls, declareHistory } from './support/history-calls.mjs';
import { multiplyHistory, openPostgresDatabase, openSqliteFile } from './support/history-rows.mjs';
import { startMillrace } from './support/millrace.mjs';
import { PostgresServer } from './support/postgres.mjs';
import { Scratch } from './support/scratch.mjs';
import { median } from './support/statistics.mjs';

/** @import { Calls } from './support/history-calls.mjs' */

const executions = Number(process.env.BENCH_HISTORY ?? 1_000_000);
const pipelines = 1000;
const asked = 10;
const question = `a call with a history of ${executions} executions of ${pipelines} pipelines against one of a thousand`;
const samplesPerTurn = 100;
const shortHistory = { copies: 99, pipelines: asked };
const longHistory = { copies: Math.round(executions / pipelines) - 1 };

await benchmark('history', question, async () => [
  ...(await compare('embedded', openEmbedded)),
  ...(await compare('PostgreSQL', openPostgres)),
]);

/**
 * @param {string} store
 * @param {(scratch: Scratch) => Promise<{ short: string, long: string }>} open URLs of two servers
 */
function compare(store, open) {
  // Each has a folder of its own, so that the disk is free again before the next one fills it.
  return Scratch.use(async (scratch) => {
    const urls = await open(scratch);
    const sides = {
      short: await createCalls(scratch, urls.short, asked),
      long: await createCalls(scratch, urls.long, asked),
    };
    const samples = await measureAlternately({ short: () => many(sides.short), long: () => many(sides.long) });
    return Object.keys(sides.short).map((name) => {
      const of = (/** @type {'short' | 'long'} */ side) => samples[side].map((turn) => median(turn[name] ?? []));
      return ratioRow(`${name}, ${store}, ms`, of('long'), of('short'), { atMost: 1.3 });
    });
  });
}

/**
 * Measures the ms of each call, many times, in rotation.
 *
 * @param {Calls} calls
 */
async function many(calls) {
  /** @type {Record<string, number[]>} */
  const taken = {};
  for (let count = 0; count < samplesPerTurn; count += 1) {
    for (const [name, call] of Object.entries(calls)) {
      const startedAt = performance.now();
      await call();
      taken[name] ??= [];
      taken[name].push(performance.now() - startedAt);
    }
  }
  return taken;
}

/** @param {Scratch} scratch */
async function openEmbedded(scratch) {
  const short = scratch.folder('short');
  const long = scratch.folder('long');
  await declareIn(scratch, short, []);
  cpSync(short, long, { recursive: true });
  await fill(await openSqliteFile(join(short, 'millrace.sqlite')), shortHistory);
  await fill(await openSqliteFile(join(long, 'millrace.sqlite')), longHistory);
  return {
    short: await serve(scratch, { data: short, profile: 'embedded, short' }),
    long: await serve(scratch, { data: long, profile: 'embedded, long' }),
  };
}

/** @param {Scratch} scratch */
async function openPostgres(scratch) {
  const postgres = await PostgresServer.start(scratch);
  // The rows can be written again, so durability and checkpoints are not worth waiting for while writing millions.
  const filling = { max_wal_size: "'16GB'", fsync: 'off', full_page_writes: 'off' };
  for (const [name, value] of Object.entries(filling)) await postgres.query(`alter system set ${name} = ${value}`);
  await postgres.query('select pg_reload_conf()');
  const [short, long] = [scratch.folder('short'), scratch.folder('long')];
  const shortUrl = await postgres.createDatabase('short_history');
  await declareIn(scratch, short, ['--database-url', shortUrl]);
  cpSync(short, long, { recursive: true });
  const longUrl = await postgres.createDatabase('long_history', 'short_history');
  await fill(await openPostgresDatabase(shortUrl), shortHistory);
  await fill(await openPostgresDatabase(longUrl), longHistory);
  await postgres.query('checkpoint');
  await postgres.query('alter system reset all');
  await postgres.query('select pg_reload_conf()');
  return {
    short: await serve(scratch, {
      data: short,
      options: ['--database-url', shortUrl],
      profile: 'PostgreSQL, short',
    }),
    long: await serve(scratch, { data: long, options: ['--database-url', longUrl], profile: 'PostgreSQL, long' }),
  };
}

/**
 * Creates the pipelines with an execution each, through a server that is stopped afterwards.
 *
 * @param {Scratch} scratch
 * @param {string} data
 * @param {string[]} options
 */
async function declareIn(scratch, data, options) {
  const server = await startMillrace(scratch, data, { options });
  await declareHistory(server.url, pipelines);
  await server.stop();
}

/**
 * @param {Scratch} scratch
 * @param {{ data: string, profile: string, options?: string[] }} settings
 */
async function serve(scratch, { data, ...settings }) {
  return (await startMillrace(scratch, data, settings)).url;
}

/**
 * @param {Awaited<ReturnType<typeof openSqliteFile>>} database
 * @param {Parameters<typeof multiplyHistory>[1]} size
 */
async function fill(database, size) {
  const startedAt = performance.now();
  await multiplyHistory(database, size);
  await database.close();
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`${size.copies} copies of ${size.pipelines ?? pipelines} executions written in ${seconds} s`);
}
