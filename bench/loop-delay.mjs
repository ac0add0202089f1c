// @ts-check
// How long the worst known input of each front door blocks the server's event loop: the cases of test/hostile, with
// figures instead of bounds that slow machines can meet.
import { startBattery } from '../test/support/hostile/battery.ts';
import { loopCases } from '../test/support/hostile/loop-cases.ts';
import { benchmark } from './support/benchmark.mjs';
import { valueRow } from './support/comparison.mjs';

const question = 'ms that the worst known input of each front door blocks the event loop';
const mostMs = 50;

await benchmark('loop-delay', question, async (scratch) => {
  const data = scratch.folder('data');
  const server = await scratch.ownOpened(
    () => startBattery(data, loopCases),
    (started) => started.end('SIGTERM'),
  );
  const rows = [];
  for (const { door, input, attack } of loopCases) {
    const { computedMs } = await server.longestPieceOf(() => attack(server));
    rows.push(valueRow(`${door}: ${input}`, computedMs, { atMost: mostMs }));
  }
  return rows;
});
