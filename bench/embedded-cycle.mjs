// @ts-check
// A durable job cycle on the embedded store: 32 workers over signed HTTP, whose concurrent writes share commits, against
// statements called in process one at a time, each with its own commit. These are those of the base build, so that the
// peer stays the same while the product changes.

/** @import { ServedSide } from './support/cycle-sides.mjs' */
/** @import { Load } from './support/loads.mjs' */
import { benchmark } from './support/benchmark.mjs';
import { base, baseTitle } from './support/builds.mjs';
import { measureAlternately, ratioRow, valueRow } from './support/comparison.mjs';
import { openCycles, serveCycles } from './support/cycle-sides.mjs';
import { embeddedWork } from './support/embedded-work.mjs';
import { cpuMsIn, loadOf, ownCpuMs, ratesOf } from './support/loads.mjs';
import { median } from './support/statistics.mjs';

const question = 'poll, acknowledge and success, embedded: 32 workers over HTTP against one commit each without HTTP';
const workers = 32;
const sampleMs = 3000;
/** @type {(work: () => Promise<void>) => Promise<void>} */
const cycle = (work) => work();
const title = 'cycles/s, 32 workers over HTTP';

/** @typedef {Load & { commits: number, kibibytes: number }} WrittenLoad */

await benchmark('embedded-cycle', question, async (scratch) => {
  const ours = await serveCycles(scratch, { name: 'served', workers });
  const callers = await openCycles(scratch, { name: 'called', workers });
  const old = base && (await serveCycles(scratch, { name: 'served, base', workers, of: base }));
  const oldCallers = base && (await openCycles(scratch, { name: 'called, base', workers, of: base }));
  const { served, grouped, alone, servedOld, aloneOld } = await measureAlternately({
    served: () => loadServed(ours),
    grouped: () => loadCalled(callers),
    alone: () => loadCalled(callers.slice(0, 1)),
    servedOld: old && (() => loadServed(old)),
    aloneOld: oldCallers && (() => loadCalled(oldCallers.slice(0, 1))),
  });
  const rows = [
    ratioRow(`${title}, against one commit each in process`, ratesOf(served), ratesOf(alone)),
    ratioRow(`${title}, against 32 callers in process`, ratesOf(served), ratesOf(grouped)),
    ...writtenRows('', served),
  ];
  if (!base) return rows;
  return [
    ratioRow(`${title}, against one commit each in process of ${baseTitle}`, ratesOf(served), ratesOf(aloneOld), {
      atLeast: 1.8,
    }),
    ...rows,
    ratioRow(`${title}, against ${baseTitle}`, ratesOf(served), ratesOf(servedOld)),
    ratioRow(`server CPU ms a cycle, against ${baseTitle}`, cpuMsIn(served), cpuMsIn(servedOld)),
    ...writtenRows(`, ${baseTitle}`, servedOld),
  ];
});

/** @param {(() => Promise<void>)[]} callers */
function loadCalled(callers) {
  return loadOf(callers, cycle, { ms: sampleMs, cpuMs: ownCpuMs });
}

/**
 * Measures workers over HTTP, and what the server writes for a cycle.
 *
 * @param {ServedSide} side
 * @returns {Promise<WrittenLoad>}
 */
async function loadServed({ server, data, work }) {
  const before = embeddedWork(server, data);
  const startedAt = performance.now();
  const load = await loadOf(work, cycle, { ms: sampleMs, cpuMs: () => server.cpuMs() });
  const cycles = (load.rate * (performance.now() - startedAt)) / 1000;
  const { commits, bytes } = embeddedWork(server, data);
  return { ...load, commits: (commits - before.commits) / cycles, kibibytes: (bytes - before.bytes) / 1024 / cycles };
}

/**
 * @param {string} whose
 * @param {WrittenLoad[]} samples
 */
function writtenRows(whose, samples) {
  return [
    valueRow(`commits a cycle${whose}`, median(samples.map(({ commits }) => commits))),
    valueRow(`KiB written to disk a cycle${whose}`, median(samples.map(({ kibibytes }) => kibibytes))),
  ];
}
