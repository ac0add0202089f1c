// @ts-check
// The cost of 10,000 held polls for a server in memory and CPU. The workers are connections of this process, each of
// which polls again with the maximum wait as soon as it gets a response.

import { Caller } from './support/caller.mjs';
import { valueRow } from './support/comparison.mjs';
import { Connection } from './support/connection.mjs';
import { declareTypes, typeIdOf } from './support/cycle.mjs';
import { startMillrace } from './support/millrace.mjs';
import { report } from './support/results.mjs';
import { Scratch } from './support/scratch.mjs';
import { createSigner } from './support/signer.mjs';

const polls = Number(process.env.BENCH_HELD_POLLS ?? 10_000);
const question = `${polls} held polls on one server`;
const waitSeconds = 20;
/** Three rounds of polls. */
const measuredMs = 60_000;
/** How many connect at once, so that none is rejected. */
const atOnce = 100;

await Scratch.use(async (scratch) => {
  const server = await startMillrace(scratch.folder('data'), ['--max-connections', String(polls + 1)]);
  scratch.atEnd(() => server.stop());
  await Caller.use(server.url, declareTypes);
  const idle = server.residentMib();
  const connections = await holdPolls(server.url);
  scratch.atEnd(() => connections.map((connection) => connection.close()));
  const rss = [];
  const cpuBefore = server.cpuMs();
  const startedAt = performance.now();
  while (performance.now() - startedAt < measuredMs) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    rss.push(server.residentMib());
  }
  const cpuShare = (server.cpuMs() - cpuBefore) / (performance.now() - startedAt);
  report('held-polls', question, [
    valueRow('MiB resident without polls', idle),
    valueRow('MiB resident at most', Math.max(...rss), { atMost: 300 }),
    valueRow('% of a core', cpuShare * 100, { atMost: 5 }),
  ]);
});

/**
 * Opens the connections with a poll on each; requests are signed once a minute.
 *
 * @param {string} url
 */
async function holdPolls(url) {
  const sign = createSigner(url);
  const body = JSON.stringify({ actionTypeId: typeIdOf('Build'), maxBatchSize: 1 });
  const signNow = () => sign('PollForJobs', body, { headers: { 'x-millrace-wait-seconds': waitSeconds } });
  let request = signNow();
  const signing = setInterval(() => (request = signNow()), 60_000);
  signing.unref();
  /** @param {Connection} connection */
  const poll = async (connection) => {
    while (!connection.socket.destroyed) {
      const { status } = await connection.send(request);
      if (status !== 200) throw new Error(`status ${status}`);
    }
  };
  /** @type {Connection[]} */
  const connections = [];
  while (connections.length < polls) {
    const opened = await Promise.all(Array.from({ length: atOnce }, () => Connection.open(url)));
    for (const connection of opened) {
      // A connection closed by the end of the benchmark is not a failure.
      poll(connection).catch((error) => {
        if (!connection.socket.destroyed) throw error;
      });
    }
    connections.push(...opened);
    // Spreads the polls over the whole round, as those of a fleet are.
    await new Promise((resolve) => setTimeout(resolve, (waitSeconds * 1000 * atOnce) / polls));
  }
  return connections;
}
