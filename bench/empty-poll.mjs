// @ts-check
// The cost of an empty PollForJobs, as most polls of a fleet are: requests per second over 32 connections that poll
// without pause, as a ratio to a minimal server that checks the same signatures (support/cached-check.mjs). Requests are
// signed in advance, so that generating the load costs as little as possible.
import { fileURLToPath } from 'node:url';
import { Caller } from './support/caller.mjs';
import { measureAlternately, rateOf, ratioRow } from './support/comparison.mjs';
import { declareTypes, typeIdOf } from './support/cycle.mjs';
import { startMillrace } from './support/millrace.mjs';
import { report } from './support/results.mjs';
import { Scratch } from './support/scratch.mjs';
import { ServerProcess } from './support/server-process.mjs';
import { createSigner } from './support/signer.mjs';

/** @typedef {{ server: ServerProcess, callers: (() => Promise<void>)[] }} Side */

const question = 'a signed empty PollForJobs against bare node:http with a cached signature check and a fixed answer';
const connections = 32;
/** The number of polls signed in advance, each for another second. */
const variants = 256;
const sampleMs = 3000;
const body = JSON.stringify({ actionTypeId: typeIdOf('Build'), maxBatchSize: 1 });

await Scratch.use(async (scratch) => {
  const plain = await ServerProcess.start([fileURLToPath(new URL('support/cached-check.mjs', import.meta.url))]);
  scratch.atEnd(() => plain.stop());
  const millrace = await startMillrace(scratch.folder('data'));
  scratch.atEnd(() => millrace.stop());
  await Caller.use(millrace.url, declareTypes);
  const sides = { own: await openSide(scratch, millrace), peer: await openSide(scratch, plain) };
  const { own, peer } = await measureAlternately({ own: () => measure(sides.own), peer: () => measure(sides.peer) });
  const of = (/** @type {typeof own} */ samples, /** @type {'rate' | 'cpuUs'} */ member) =>
    samples.map((sample) => sample[member]);
  report('empty-poll', question, [
    ratioRow('requests/s', of(own, 'rate'), of(peer, 'rate'), { atLeast: 0.8 }),
    ratioRow('server CPU µs per request', of(own, 'cpuUs'), of(peer, 'cpuUs')),
  ]);
});

/**
 * @param {Scratch} scratch
 * @param {ServerProcess} server
 * @returns {Promise<Side>}
 */
async function openSide(scratch, server) {
  const sign = createSigner(server.url);
  const now = Date.now();
  const callers = await Caller.openMany(server.url, connections);
  scratch.atEnd(() => callers.map((caller) => caller.close()));
  return {
    server,
    callers: callers.map(({ connection }, number) => {
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
    }),
  };
}

/** @param {Side} side */
async function measure({ server, callers }) {
  const cpuBefore = server.cpuMs();
  const rate = await rateOf(callers, (poll) => poll(), sampleMs);
  return { rate, cpuUs: ((server.cpuMs() - cpuBefore) * 1000) / ((rate * sampleMs) / 1000) };
}
