// @ts-check
// The cost of an empty PollForJobs, as most polls of a fleet are: requests per second over 32 connections that poll
// without pause, as a ratio to a minimal server that checks the same signatures (support/cached-check.mjs). Requests are
// signed in advance, so that generating the load costs as little as possible.
import { fileURLToPath } from 'node:url';
import { benchmark } from './support/benchmark.mjs';
import { base, baseTitle } from './support/builds.mjs';
import { Caller } from './support/caller.mjs';
import { measureAlternately, ratioRow } from './support/comparison.mjs';
import { declareTypes, typeIdOf } from './support/cycle.mjs';
import { cpuMsIn, loadOf, ratesOf } from './support/loads.mjs';
import { startMillrace } from './support/millrace.mjs';
import { ServerProcess } from './support/server-process.mjs';
import { createSigner } from './support/signer.mjs';

/** @import { Scratch } from './support/scratch.mjs' */

const question = 'a signed empty PollForJobs against bare node:http with a cached signature check and a fixed answer';
const connections = 32;
/** The number of polls signed in advance, each for another second. */
const variants = 256;
const sampleMs = 3000;
const body = JSON.stringify({ actionTypeId: typeIdOf('Build'), maxBatchSize: 1 });

await benchmark('empty-poll', question, async (scratch) => {
  const plain = await ServerProcess.start(scratch, [
    fileURLToPath(new URL('support/cached-check.mjs', import.meta.url)),
  ]);
  const { own, peer, old } = await measureAlternately({
    own: await openSide(scratch, await openProduct(scratch, 'polled')),
    peer: await openSide(scratch, plain),
    old: base && (await openSide(scratch, await openProduct(scratch, 'polled, base', base))),
  });
  const title = 'server CPU ms per request';
  const rows = [
    ratioRow('requests/s', ratesOf(own), ratesOf(peer), { atLeast: 0.85 }),
    ratioRow(title, cpuMsIn(own), cpuMsIn(peer)),
  ];
  if (!base) return rows;
  return [
    ...rows,
    ratioRow(`requests/s, against ${baseTitle}`, ratesOf(own), ratesOf(old)),
    ratioRow(`${title}, against ${baseTitle}`, cpuMsIn(own), cpuMsIn(old)),
  ];
});

/**
 * @param {Scratch} scratch
 * @param {string} name
 * @param {URL} [of] which build
 */
async function openProduct(scratch, name, of) {
  const server = await startMillrace(scratch, scratch.folder(name), { profile: name, of });
  await Caller.use(server.url, declareTypes);
  return server;
}

/**
 * Returns a function that measures a server.
 *
 * @param {Scratch} scratch
 * @param {ServerProcess} server
 */
async function openSide(scratch, server) {
  const sign = createSigner(server.url);
  const now = Date.now();
  const callers = await Caller.openMany(scratch, server.url, connections);
  const polls = callers.map(({ connection }, number) => {
    // Each connection cycles through its own signatures, of different seconds.
    const requests = Array.from({ length: variants / connections }, (_, index) =>
      sign('PollForJobs', body, { at: now - (index * connections + number) * 1000 }),
    );
    let next = 0;
    return async () => {
      next = (next + 1) % requests.length;
      const { status } = await connection.send(/** @type {Buffer} */ (requests[next]));
      if (status !== 200) throw new Error(`status ${status}`);
    };
  });
  return () => loadOf(polls, (poll) => poll(), { ms: sampleMs, cpuMs: () => server.cpuMs() });
}
