// @ts-check
// StartPipelineExecution, 32 calls at a time over 100 pipelines in mode SUPERSEDED whose source jobs are never claimed:
// each new execution waits and supersedes the one that waited before it. None may be rejected or throttled: any
// response but 200 ends the benchmark.
import { Caller } from './support/caller.mjs';
import { measureAlternately, rateOf, valueRow } from './support/comparison.mjs';
import { declareTypes, pipelineOf } from './support/cycle.mjs';
import { startMillrace } from './support/millrace.mjs';
import { PostgresServer } from './support/postgres.mjs';
import { report } from './support/results.mjs';
import { Scratch } from './support/scratch.mjs';
import { median } from './support/statistics.mjs';

const question = 'StartPipelineExecution, 32 at once over 100 SUPERSEDED pipelines, none rejected or throttled';
const callersAtOnce = 32;
const pipelines = 100;
const sampleMs = 3000;

await Scratch.use(async (scratch) => {
  const postgres = await PostgresServer.start();
  scratch.atEnd(() => postgres.stop());
  const url = await postgres.createDatabase('starts');
  const starts = {
    embedded: await openStarts(scratch, 'embedded', []),
    postgres: await openStarts(scratch, 'postgres', ['--database-url', url]),
  };
  const rates = await measureAlternately({
    embedded: () => rateOf(starts.embedded, (start) => start(), sampleMs),
    postgres: () => rateOf(starts.postgres, (start) => start(), sampleMs),
  });
  report('start-execution', question, [
    valueRow('starts/s, embedded', median(rates.embedded), { atLeast: 500 }),
    valueRow('starts/s, PostgreSQL', median(rates.postgres), { atLeast: 500 }),
  ]);
});

/**
 * Starts a server with the pipelines, and callers that start each in rotation.
 *
 * @param {Scratch} scratch
 * @param {string} name
 * @param {string[]} options
 */
async function openStarts(scratch, name, options) {
  const server = await startMillrace(scratch.folder(name), options);
  scratch.atEnd(() => server.stop());
  await Caller.use(server.url, async (caller) => {
    await declareTypes(caller);
    for (let number = 0; number < pipelines; number += 1) {
      const pipeline = { ...pipelineOf(`Starts-${number}`), executionMode: 'SUPERSEDED', pipelineType: 'V2' };
      await caller.call('CreatePipeline', { pipeline });
    }
  });
  const callers = await Caller.openMany(server.url, callersAtOnce);
  scratch.atEnd(() => callers.map((caller) => caller.close()));
  let next = 0;
  return callers.map((caller) => () => caller.call('StartPipelineExecution', { name: `Starts-${next++ % pipelines}` }));
}
