// @ts-check
// Half an hour of steady load on PostgreSQL, to see what grows: the server's memory and the latency of its calls, a line
// every three minutes. Runs only when named: `npm run bench -- soak`; SOAK_MINUTES=5 is shorter.
import { benchmark } from './support/benchmark.mjs';
import { Caller } from './support/caller.mjs';
import { createWorker, declareCycle } from './support/cycle.mjs';
import { createHttpClient } from './support/http-client.mjs';
import { startMillrace } from './support/millrace.mjs';
import { PostgresServer } from './support/postgres.mjs';
import { quantile } from './support/statistics.mjs';

const question = 'what grows under a steady load on PostgreSQL, eight workers';
const minutes = Number(process.env.SOAK_MINUTES ?? 30);
const lines = 10;
const workers = 8;
/** Cycles of each worker per second, far below the server's limit: this measures change over time, not speed. */
const cyclesPerSecond = 4;

await benchmark('soak', question, async (scratch) => {
  const postgres = await PostgresServer.start(scratch);
  const url = await postgres.createDatabase('soak');
  const server = await startMillrace(scratch, scratch.folder('data'), {
    secrets: { MILLRACE_DATABASE_URL: url },
    profile: 'soaked',
  });
  await Caller.use(server.url, declareCycle);
  /** @type {Record<string, number[]>} */
  const latencies = { poll: [], acknowledge: [], succeed: [], start: [] };
  const callers = await Caller.openMany(scratch, server.url, workers);
  const work = callers.map((caller) => createWorker(timedClient(createHttpClient(caller), latencies)));

  const rows = [];
  for (let line = 1; line <= lines; line += 1) {
    const seconds = (minutes * 60) / lines;
    const cpuBefore = server.cpuMs();
    const cycles = await pace(work, seconds * 1000);
    const [size] = await postgres.query(`select pg_database_size('soak') as bytes`);
    rows.push({
      minute: Math.round((line * minutes * 10) / lines) / 10,
      'resident MiB': Math.round(server.residentMib()),
      'share of a core': Number(((server.cpuMs() - cpuBefore) / (seconds * 1000)).toFixed(3)),
      'database MiB': Math.round(Number(size.bytes) / 1024 / 1024),
      cycles,
      ...Object.fromEntries(
        Object.entries(latencies).map(([name, samples]) => [`${name} p50/p99 ms`, percentiles(samples)]),
      ),
    });
    console.log(JSON.stringify(rows.at(-1)));
    for (const samples of Object.values(latencies)) samples.length = 0;
  }
  return rows;
});

/**
 * Wraps a client to record the duration of each call.
 *
 * @param {import('./support/cycle.mjs').JobClient} client
 * @param {Record<string, number[]>} latencies
 * @returns {import('./support/cycle.mjs').JobClient}
 */
function timedClient(client, latencies) {
  /** @type {<Value>(name: string, call: () => Promise<Value>) => Promise<Value>} */
  const timed = async (name, call) => {
    const startedAt = performance.now();
    try {
      return await call();
    } finally {
      latencies[name]?.push(performance.now() - startedAt);
    }
  };
  return {
    poll: (category) => timed('poll', () => client.poll(category)),
    acknowledge: (job) => timed('acknowledge', () => client.acknowledge(job)),
    succeed: (job) => timed('succeed', () => client.succeed(job)),
    start: (name) => timed('start', () => client.start(name)),
  };
}

/**
 * Has each worker do a cycle at fixed intervals; a slow cycle is not made up for.
 *
 * @param {(() => Promise<void>)[]} work
 * @param {number} ms
 */
async function pace(work, ms) {
  const endsAt = performance.now() + ms;
  let cycles = 0;
  await Promise.all(
    work.map(async (cycle) => {
      while (performance.now() < endsAt) {
        const nextAt = performance.now() + 1000 / cyclesPerSecond;
        await cycle();
        cycles += 1;
        const restMs = nextAt - performance.now();
        if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
      }
    }),
  );
  return cycles;
}

/** @type {(samples: number[]) => string} */
function percentiles(samples) {
  if (samples.length === 0) return '-';
  return [0.5, 0.99].map((share) => quantile(samples, share).toFixed(1)).join(' / ');
}
