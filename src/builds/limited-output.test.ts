import { expect, test } from 'vitest';
import { limitOutput } from './limited-output.ts';

function limitedLog(maxBytes: number) {
  const written: string[] = [];
  const log = limitOutput(
    {
      note: async (text) => {
        written.push(`note ${text}`);
      },
      output: async (lines) => {
        written.push(...lines);
      },
    },
    maxBytes,
  );
  return { log, written };
}

test('output beyond the limit is left out but for the end of each command', async () => {
  const { log, written } = limitedLog(20);
  await log.output(['0123456789']);
  for (let at = 0; at < 1000; at += 1) await log.output([`line ${at}`]);
  expect(written.length).toBeLessThan(5);
  await log.note('next');
  const said =
    'note The log is full with 20 bytes of output: 949 lines of this command are left out before its last ones';
  expect(written.slice(0, 4)).toEqual(['0123456789', 'line 0', said, 'line 950']);
  expect(written.slice(-2)).toEqual(['line 999', 'note next']);
  await log.output(['after']);
  await log.note('end');
  expect(written.slice(-2)).toEqual(['after', 'note end']);
});

test('a command that prints one long line leaves a piece of it', async () => {
  const { log, written } = limitedLog(10);
  for (let at = 0; at < 100; at += 1) await log.output(['x'.repeat(10_000)]);
  await log.note('next');
  expect(written.join('').length).toBeLessThan(20_000);
  expect(written.at(-2)).toBe('x'.repeat(10_000));
});

test('the last lines are those of the command that runs', async () => {
  const { log } = limitedLog(1000);
  await log.output(['a']);
  await log.note('next');
  await log.output(['b', 'c']);
  expect(log.lastLines()).toEqual(['b', 'c']);
});
