// @ts-check
// StartPipelineExecution, 32 calls at a time over 100 pipelines in mode SUPERSEDED whose source jobs are never claimed:
// each new execution waits and supersedes the one that waited before it. None may be rejected or throttled: any
// response but 200 ends the benchmark.
import { benchmark } from './support/benchmark.mjs';
import { base, baseTitle } from './support/builds.mjs';
import { Caller } from './support/caller.mjs';
import { measureAlternately, ratioRow, valueRow } from './support/comparison.mjs';
import { declareTypes, pipelineOf } from './support/cycle.mjs';
import { cpuMsIn, loadOf, ratesOf } from './support/loads.mjs';
import { startMillrace } from './support/millrace.mjs';
import { PostgresServer } from './support/postgres.mjs';
import { median } from './support/statistics.mjs';

/** @import { Scratch } from './support/scratch.mjs' */
/** @import { Load } from './support/loads.mjs' */

const question = 'StartPipelineExecution, 32 at once over 100 SUPERSEDED pipelines, none rejected or throttled';
const callersAtOnce = 32;
const pipelines = 100;
const sampleMs = 3000;

await benchmark('start-execution', question, async (scratch) => {
  const postgres = await PostgresServer.start(scratch);
  /** @type {(name: string, of?: URL) => Promise<() => Promise<Load>>} */
  const openPostgres = async (name, of) => {
    const url = await postgres.createDatabase(name);
    return openStarts(scratch, name, { options: ['--database-url', url], of, cpuMs: () => postgres.cpuMs() });
  };
  const samples = await measureAlternately({
    embedded: await openStarts(scratch, 'embedded', {}),
    embeddedBase: base && (await openStarts(scratch, 'embedded_base', { of: base })),
    postgres: await openPostgres('postgresql'),
    postgresBase: base && (await openPostgres('postgresql_base', base)),
  });
  const rows = [
    valueRow('starts/s, embedded', median(ratesOf(samples.embedded)), { atLeast: 500 }),
    valueRow('starts/s, PostgreSQL', median(ratesOf(samples.postgres)), { atLeast: 500 }),
  ];
  if (!base) return rows;
  return [
    ...rows,
    ...baseRows('embedded', samples.embedded, samples.embeddedBase),
    ...baseRows('PostgreSQL', samples.postgres, samples.postgresBase, { atLeast: 2 }),
  ];
});

/**
 * @param {string} store
 * @param {Load[]} own
 * @param {Load[]} old
 * @param {{ atLeast: number }} [target]
 */
function baseRows(store, own, old, target) {
  return [
    ratioRow(`starts/s, ${store}, against ${baseTitle}`, ratesOf(own), ratesOf(old), target),
    ratioRow(`servers' CPU ms per start, ${store}, against ${baseTitle}`, cpuMsIn(own), cpuMsIn(old)),
  ];
}

/**
 * Starts a server with the pipelines; returns a function that measures callers that start each in rotation.
 *
 * @param {Scratch} scratch
 * @param {string} name
 * @param {{ options?: string[], of?: URL, cpuMs?: () => number }} settings with the CPU time of other processes that count
 */
async function openStarts(scratch, name, { options, of, cpuMs = () => 0 }) {
  const server = await startMillrace(scratch, scratch.folder(name), { options, of, profile: name });
  await Caller.use(server.url, async (caller) => {
    await declareTypes(caller);
    for (let number = 0; number < pipelines; number += 1) {
      const pipeline = { ...pipelineOf(`Starts-${number}`), executionMode: 'SUPERSEDED', pipelineType: 'V2' };
      await caller.call('CreatePipeline', { pipeline });
    }
  });
  const callers = await Caller.openMany(scratch, server.url, callersAtOnce);
  let next = 0;
  /** @type {(caller: Caller) => Promise<unknown>} */
  const start = (caller) => caller.call('StartPipelineExecution', { name: `Starts-${next++ % pipelines}` });
  return () => loadOf(callers, start, { ms: sampleMs, cpuMs: () => cpuMs() + server.cpuMs() });
}
