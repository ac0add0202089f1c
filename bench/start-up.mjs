// @ts-check
// The time from the program's start on an empty folder to its first successful call, including schema and keys, and its
// memory after being idle for a while.
import { benchmark } from './support/benchmark.mjs';
import { Caller } from './support/caller.mjs';
import { valueRow } from './support/comparison.mjs';
import { startMillrace } from './support/millrace.mjs';
import { median } from './support/statistics.mjs';

const question = 'from the start on an empty folder to the first successful call, and the memory of an idle server';
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const idleMs = 3000;

await benchmark('start-up', question, async (scratch) => {
  /** @type {{ startMs: number, residentMib: number }[]} */
  const samples = [];
  // The first start reads the program's files from disk, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const data = scratch.folder(`data-${round}`);
    const startedAt = performance.now();
    const server = await startMillrace(scratch, data);
    await Caller.use(server.url, (caller) => caller.call('ListPipelines', {}));
    const startMs = performance.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    if (round > 0) samples.push({ startMs, residentMib: server.residentMib() });
    await server.stop();
  }
  return [
    valueRow('ms to the first successful call', median(samples.map(({ startMs }) => startMs)), { atMost: 1000 }),
    valueRow('MiB resident when idle', median(samples.map(({ residentMib }) => residentMib)), { atMost: 120 }),
  ];
});
