// @ts-check
// The cost of 10,000 held polls for a server in memory and CPU, against a bare node:http server that holds as many signed
// requests at the same time (support/held-requests.mjs).
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { benchmark } from './support/benchmark.mjs';
import { Caller } from './support/caller.mjs';
import { ratioRow, valueRow } from './support/comparison.mjs';
import { declareTypes } from './support/cycle.mjs';
import { startMillrace } from './support/millrace.mjs';
import { ServerProcess } from './support/server-process.mjs';

/** @import { Scratch } from './support/scratch.mjs' */

const polls = Number(process.env.BENCH_HELD_POLLS ?? 10_000);
const question = `${polls} held polls on one server, against a bare node:http server that holds as many requests`;
const heldRequests = fileURLToPath(new URL('support/held-requests.mjs', import.meta.url));
const pollHolder = fileURLToPath(new URL('support/poll-holder.mjs', import.meta.url));
/** How long each poll is held; a round takes as long, so that it contains each poll once. */
const waitSeconds = 20;
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);

await benchmark('held-polls', question, async (scratch) => {
  const server = await startMillrace(scratch, scratch.folder('data'), {
    // One address may open three quarters of them.
    options: ['--max-connections', String(Math.ceil((polls + 1) / 0.75))],
    profile: 'held',
  });
  await Caller.use(server.url, declareTypes);
  const plain = await ServerProcess.start(scratch, [heldRequests, String(waitSeconds)]);
  const idle = { own: server.residentMib(), peer: plain.residentMib() };
  const holders = await Promise.all([hold(scratch, server), hold(scratch, plain)]);
  /** @type {Record<'own' | 'peer', { mib: number, share: number }[]>} */
  const samples = { own: [], peer: [] };
  for (let round = 0; round < rounds; round += 1) {
    const [own, peer] = await Promise.all([sampleOf(server), sampleOf(plain)]);
    samples.own.push(own);
    samples.peer.push(peer);
  }
  const ended = holders.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
  if (ended) throw new Error('polls were not held: a connection failed or a response was not 200');
  const of = (/** @type {'own' | 'peer'} */ side, /** @type {'mib' | 'share'} */ member) =>
    samples[side].map((sample) => sample[member]);
  return [
    valueRow('MiB resident without polls', idle.own, { theirs: idle.peer }),
    ratioRow('MiB resident at most', of('own', 'mib'), of('peer', 'mib'), { atMost: 1.4 }),
    ratioRow('% of a core', of('own', 'share'), of('peer', 'share'), { atMost: 1.3 }),
  ];
});

/** @type {(scratch: Scratch, server: ServerProcess) => Promise<ServerProcess>} */
function hold(scratch, { url }) {
  return ServerProcess.start(scratch, [pollHolder, url, String(polls), String(waitSeconds)]);
}

/**
 * Measures one round of polls: the most memory, and the share of a core in percent.
 *
 * @param {ServerProcess} server
 */
async function sampleOf(server) {
  const [startedAt, cpuBefore] = [performance.now(), server.cpuMs()];
  let mib = 0;
  while (performance.now() - startedAt < waitSeconds * 1000) {
    await sleep(500);
    mib = Math.max(mib, server.residentMib());
  }
  return { mib, share: ((server.cpuMs() - cpuBefore) / (performance.now() - startedAt)) * 100 };
}
