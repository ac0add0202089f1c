import { describe, expect, it, test } from 'vitest';
import { computedMs, mostComputedMs } from '../../test/support/machine/computed-ms.ts';
import { CronError } from './cron-field.ts';
import { readSchedule } from './schedule.ts';

const startedAt = Date.parse('2026-02-03T04:05:06Z');

function upcoming(expression: string, count: number, after = startedAt): string[] {
  const schedule = readSchedule(expression);
  const found: string[] = [];
  for (let at: number | undefined = after; found.length < count; ) {
    at = schedule.next(at, startedAt);
    if (at === undefined) break;
    found.push(new Date(at).toISOString().replace(/:00\.000Z$/, ''));
  }
  return found;
}

/** 2026-02-03 is a Tuesday. */
test.each([
  ['cron(0 10 * * ? *)', ['2026-02-03T10:00', '2026-02-04T10:00']],
  ['cron(* * * * * *)', ['2026-02-03T04:06', '2026-02-03T04:07']],
  ['cron(5 4 * * ? *)', ['2026-02-04T04:05', '2026-02-05T04:05']],
  ['cron(0/15 * * * ? *)', ['2026-02-03T04:15', '2026-02-03T04:30']],
  ['cron(0 18 ? * MON-FRI *)', ['2026-02-03T18:00', '2026-02-04T18:00']],
  ['cron(0 8 1 * ? *)', ['2026-03-01T08:00', '2026-04-01T08:00']],
  ['cron(0/30 20-2 ? * MON-FRI *)', ['2026-02-03T20:00', '2026-02-03T20:30']],
  // Sunday is 1, so 6 is Friday.
  ['cron(0 9 ? * 6L *)', ['2026-02-27T09:00', '2026-03-27T09:00']],
  ['cron(0 9 ? * 6#3 *)', ['2026-02-20T09:00', '2026-03-20T09:00']],
  ['cron(0 9 ? * SUN *)', ['2026-02-08T09:00', '2026-02-15T09:00']],
  ['cron(0 9 L * ? *)', ['2026-02-28T09:00', '2026-03-31T09:00']],
  ['cron(0 9 15W * ? *)', ['2026-02-16T09:00', '2026-03-16T09:00']],
  ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
  ['cron(0 0 1 1 ? 2027,2030)', ['2027-01-01T00:00', '2030-01-01T00:00']],
  ['cron(0 0 1 1 ? 2025)', []],
  ['cron(0 0 30 2 ? *)', []],
])('%s', (expression, expected) => {
  expect(upcoming(expression, 2)).toEqual(expected);
});

describe('a rate', () => {
  it.each([
    ['rate(1 minute)', ['2026-02-03T04:06:06.000Z', '2026-02-03T04:07:06.000Z']],
    ['rate(5 minutes)', ['2026-02-03T04:10:06.000Z', '2026-02-03T04:15:06.000Z']],
    ['rate(1 hour)', ['2026-02-03T05:05:06.000Z', '2026-02-03T06:05:06.000Z']],
    ['rate(7 days)', ['2026-02-10T04:05:06.000Z', '2026-02-17T04:05:06.000Z']],
  ])('%s counts from its start', (expression, expected) => {
    expect(upcoming(expression, 2)).toEqual(expected);
  });

  it('skips what was missed, and does not begin before its start', () => {
    const { next } = readSchedule('rate(5 minutes)');
    expect(next(startedAt + 17 * 60_000, startedAt)).toBe(startedAt + 20 * 60_000);
    expect(next(startedAt - 3_600_000, startedAt)).toBe(startedAt + 5 * 60_000);
  });
});

test.each([
  ['', 'neither cron('],
  ['at(2026-02-03T04:05:06)', 'neither cron('],
  ['Cron(0 10 * * ? *)', 'neither cron('],
  ['cron(0 10 * * ?)', 'and "0 10 * * ?" has 5.'],
  ['cron(0 10 * * ? * *)', 'has 7.'],
  ['cron()', 'has 1.'],
  ['cron(7 20 * * 1-7 *)', 'has to be "?"'],
  ['cron(0 10 1 * MON *)', 'has to be "?"'],
  ['cron(0 10 ? * ? *)', 'can be "?"'],
  ['cron(60 10 * * ? *)', '"60" means nothing in the field for minutes (0-59).'],
  ['cron(0/5, 9-18, ?, *, MON-FRI, *)', 'has to be "?"'],
  ['cron(0 10 * * ? 1969)', 'means nothing in the field for the year'],
  ['rate(5)', 'is not a positive number'],
  ['rate(0 minutes)', 'is not a positive number'],
  ['rate(-5 minutes)', 'is not a positive number'],
  ['rate(1.5 hours)', 'is not a positive number'],
  ['rate(5 weeks)', 'is not a positive number'],
  ['rate(1 minutes)', 'The unit after 1 is "minute", not "minutes".'],
  ['rate(3 minute)', 'The unit after 3 is "minutes", not "minute".'],
  ['rate(99999999999 days)', 'is longer than 100 years'],
])('%s is refused', (expression, reason) => {
  expect(() => readSchedule(expression)).toThrow(CronError);
  expect(() => readSchedule(expression)).toThrow(reason);
});

test('an expression that is never due costs little', () => {
  const { next } = readSchedule(`cron(0 0 ${'31W,'.repeat(55)}31W 2,4,6,9,11 ? *)`);
  next(startedAt, startedAt);
  const ask = () => expect(next(startedAt, startedAt)).toBeUndefined();
  expect(computedMs(ask)).toBeLessThan(mostComputedMs);
});
