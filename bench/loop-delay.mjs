// @ts-check
// How long the worst known input of each front door blocks the server's event loop: the cases of test/hostile, with
// figures instead of bounds that slow machines can meet.
import { startBattery } from '../test/support/hostile/battery.ts';
import { loopCases } from '../test/support/hostile/loop-cases.ts';
import { valueRow } from './support/comparison.mjs';
import { report } from './support/results.mjs';
import { Scratch } from './support/scratch.mjs';

const question = 'ms that the worst known input of each front door blocks the event loop';
const mostMs = 50;

await Scratch.use(async (scratch) => {
  const server = await startBattery(scratch.folder('data'), loopCases);
  scratch.atEnd(() => server.end('SIGTERM'));
  const rows = [];
  for (const { door, input, attack } of loopCases) {
    const { computedMs } = await server.longestPieceOf(() => attack(server));
    rows.push(valueRow(`${door}: ${input}`, computedMs, { atMost: mostMs }));
  }
  report('loop-delay', question, rows);
});
