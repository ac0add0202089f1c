// @ts-check
// Holds polls on a server, each on its own connection, which polls again as soon as it gets a response; prints `ready at
// <url>` when all are held. In a process of its own, since one may not open as many files as two servers need.
// `node poll-holder.mjs <url> <polls> <seconds>`.
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.mjs';
import { typeIdOf } from './cycle.mjs';
import { createSigner } from './signer.mjs';

const [url = '', polls, waitSeconds] = process.argv.slice(2);
/** How many connect at once, so that none is rejected. */
const atOnce = 100;
const heldMs = Number(waitSeconds) * 1000;

const sign = createSigner(url);
const body = JSON.stringify({ actionTypeId: typeIdOf('Build'), maxBatchSize: 1 });
const signNow = () => sign('PollForJobs', body, { headers: { 'x-millrace-wait-seconds': Number(waitSeconds) } });
let request = signNow();
// A signature is valid for a while, and computing one for each poll would take the servers' cores.
setInterval(() => (request = signNow()), 60_000);

for (let held = 0; held < Number(polls); held += atOnce) {
  const opened = await Promise.all(Array.from({ length: atOnce }, () => Connection.open(url)));
  // Whatever fails ends this process, which the benchmark notices.
  for (const connection of opened) hold(connection);
  // Spreads the polls over the whole round, as those of a fleet are.
  await sleep((heldMs * atOnce) / Number(polls));
}
console.log(`ready at ${url}`);

/** @param {Connection} connection */
async function hold(connection) {
  for (;;) {
    const { status } = await connection.send(request);
    if (status !== 200) throw new Error(`status ${status}`);
  }
}
