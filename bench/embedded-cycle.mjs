// @ts-check
// A durable job cycle on the embedded store: 32 workers over signed HTTP, whose concurrent writes share commits, against
// the same statements called in process one at a time, each with its own commit.

import { measureAlternately, rateOf, ratioRow } from './support/comparison.mjs';
import { openCycles, serveCycles } from './support/cycle-sides.mjs';
import { openEmbeddedStore } from './support/product.mjs';
import { report } from './support/results.mjs';
import { Scratch } from './support/scratch.mjs';

const question = 'poll, acknowledge and success, embedded: 32 workers over HTTP against one commit each without HTTP';
const workers = 32;
const sampleMs = 3000;

/** @type {(work: () => Promise<void>) => Promise<void>} */
const cycle = (work) => work();

await Scratch.use(async (scratch) => {
  const { work: overHttp } = await serveCycles(scratch, { data: scratch.folder('http'), workers });
  const data = scratch.folder('in-process');
  const inProcess = await openCycles(scratch, { data, workers, open: () => openEmbeddedStore(data, Date.now) });
  const { served, alone, grouped } = await measureAlternately({
    served: () => rateOf(overHttp, cycle, sampleMs),
    alone: () => rateOf(inProcess.slice(0, 1), cycle, sampleMs),
    grouped: () => rateOf(inProcess, cycle, sampleMs),
  });
  report('embedded-cycle', question, [
    ratioRow('cycles/s, 32 workers over HTTP, against one commit each in process', served, alone, { atLeast: 2 }),
    ratioRow('the same against 32 callers in process', served, grouped),
  ]);
});
