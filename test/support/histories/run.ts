import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { BrokenHistory, playHistory, stepsEach } from './history.ts';
import { describeBroken } from './reproduce.ts';
import { addTally, emptyTally, type Tally, tableOf } from './tally.ts';

const historiesPerBatch = 20;

/** A large young generation: the objects of a history die with it and are never promoted. */
const resourceLimits = { maxYoungGenerationSizeMb: 96 };

/** Histories for a worker to play, from number `first` to below `end`. */
interface Batch {
  seed: number;
  first: number;
  end: number;
}

/** The tally, and the text of the first violation. */
interface Report {
  tally: Tally;
  broken?: string;
}

function playBatch({ seed, first, end }: Batch): Report {
  const tally = emptyTally();
  try {
    for (let number = first; number < end; number += 1) playHistory({ seed, number }, tally);
    return { tally };
  } catch (error) {
    return { tally, broken: error instanceof BrokenHistory ? describeBroken(error) : String(error) };
  }
}

/** Gives each worker its next batch until all are played or a rule was violated. */
async function playAll(seed: number, histories: number, workers: number): Promise<Report> {
  const sum: Report = { tally: emptyTally() };
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url), { resourceLimits });
    while (next < histories && sum.broken === undefined) {
      const batch = { seed, first: next, end: Math.min(next + historiesPerBatch, histories) };
      next = batch.end;
      const { tally, broken } = await ask(worker, batch);
      addTally(sum.tally, tally);
      sum.broken ??= broken;
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: workers }, work));
  return sum;
}

function ask(worker: Worker, batch: Batch): Promise<Report> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (report: Report) => {
      worker.off('error', reject);
      resolve(report);
    });
    worker.postMessage(batch);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      history: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  const startedAt = performance.now();
  const { tally, broken } =
    values.history === undefined
      ? await playAll(seed, Math.ceil(Number(values.steps) / stepsEach), Number(values.workers))
      : playBatch({ seed, first: Number(values.history), end: Number(values.history) + 1 });
  const seconds = (performance.now() - startedAt) / 1000;
  const { steps, histories } = tally;
  process.stdout.write(`${tableOf(tally)}\n`);
  process.stdout.write(
    `seed ${seed}: ${steps} steps in ${histories} histories, ${seconds.toFixed(1)} s, ${Math.round(steps / seconds)} steps/s on ${values.workers} workers\n`,
  );
  if (broken === undefined) return;
  process.stdout.write(`\n${broken}\n`);
  process.exitCode = 1;
}

if (isMainThread) await main();
else parentPort?.on('message', (batch: Batch) => parentPort?.postMessage(playBatch(batch)));
