import { describe, expect, test } from 'vitest';
import { readCron } from './cron.ts';

/** An expression, a minute in its window and one outside (behaviour C.8). 2026-02-01 is a Sunday. */
const windows: [string, string, string][] = [
  ['* * * * * *', '2026-02-03T04:05', ''],
  ['0 0 9-17 ? * MON-FRI *', '2026-02-03T09:00', '2026-02-03T09:01'],
  ['* * 9-17 ? * MON-FRI', '2026-02-03T17:59', '2026-02-03T18:00'],
  ['0 * * ? * 1', '2026-02-01T10:00', '2026-02-02T10:00'],
  ['0 * * ? * 7', '2026-02-07T10:00', '2026-02-01T10:00'],
  ['0 * * ? * mon,Wed,FRI', '2026-02-04T10:00', '2026-02-05T10:00'],
  ['0 * * ? * FRI-MON', '2026-02-01T10:00', '2026-02-03T10:00'],
  ['0 * * ? * 6-2/2', '2026-02-01T10:00', '2026-02-07T10:00'],
  ['0 * 22-2 * * ?', '2026-02-03T01:00', '2026-02-03T03:00'],
  ['0 0/15 * * * ?', '2026-02-03T04:45', '2026-02-03T04:50'],
  ['0 5/15 * * * ?', '2026-02-03T04:50', '2026-02-03T04:45'],
  ['0 */20,7 * * * ?', '2026-02-03T04:07', '2026-02-03T04:08'],
  ['0 10-30/10 * * * ?', '2026-02-03T04:30', '2026-02-03T04:40'],
  ['0 /30 * * * ?', '2026-02-03T04:30', '2026-02-03T04:31'],
  ['0 * * * JAN,3 ?', '2026-03-03T04:30', '2026-02-03T04:30'],
  ['0 * * * NOV-FEB ?', '2026-01-03T04:30', '2026-03-03T04:30'],
  ['0 * * * * ? 2025-2027/2', '2027-01-03T04:30', '2026-01-03T04:30'],
  ['0 * * 1,15 * ?', '2026-02-15T04:30', '2026-02-16T04:30'],
  ['0 * * L * ?', '2028-02-29T04:30', '2026-02-27T04:30'],
  ['0 * * L-3 * ?', '2026-02-25T04:30', '2026-02-28T04:30'],
  ['0 * * LW * ?', '2026-02-27T04:30', '2026-02-28T04:30'],
  ['0 * * L-3W * ?', '2026-03-27T04:30', '2026-03-28T04:30'],
  ['0 * * L-28W * ?', '2026-03-03T04:30', '2026-02-02T04:30'],
  ['0 * * 15W * ?', '2026-02-16T04:30', '2026-02-15T04:30'],
  ['0 * * 7W * ?', '2026-02-06T04:30', '2026-02-07T04:30'],
  ['0 * * 1W 8 ?', '2026-08-03T04:30', '2026-08-01T04:30'],
  ['0 * * 31W 5 ?', '2026-05-29T04:30', '2026-05-31T04:30'],
  ['0 * * 31W 3,4 ?', '2026-03-31T04:30', '2026-04-30T04:30'],
  ['0 * * ? * L', '2026-02-07T04:30', '2026-02-06T04:30'],
  ['0 * * ? * 6L', '2026-02-27T04:30', '2026-02-20T04:30'],
  ['0 * * ? * TUEL', '2026-02-24T04:30', '2026-02-17T04:30'],
  ['0 * * ? * 6#3', '2026-02-20T04:30', '2026-02-13T04:30'],
  ['0 * * ? * MON#1,WED', '2026-02-02T04:30', '2026-02-09T04:30'],
];

test.each(windows)('%s holds at %s, not at %s', (cron, inside, outside) => {
  const holds = readCron(cron);
  expect(holds(new Date(`${inside}:07Z`))).toBe(true);
  if (outside) expect(holds(new Date(`${outside}:07Z`))).toBe(false);
});

describe('an invalid expression', () => {
  test.each([
    ['* * * * *', 'A cron expression has 6 or 7 fields, and "* * * * *" has 5.'],
    ['0 0 0 1 1 ? 2026 7', 'A cron expression has 6 or 7 fields, and "0 0 0 1 1 ? 2026 7" has 8.'],
    ['60 * * * * ?', '"60" means nothing in the field for seconds (0-59).'],
    ['0 60 * * * ?', '"60" means nothing in the field for minutes (0-59).'],
    ['0 0 24 * * ?', '"24" means nothing in the field for hours (0-23).'],
    ['0 0 0 0 * ?', '"0" means nothing in the field for the day of the month (1-31).'],
    ['0 0 0 32W * ?', '"32" means nothing in the field for the day of the month (1-31).'],
    ['0 0 0 L-31 * ?', '"31" means nothing in the field for the day of the month (0-30).'],
    ['0 0 0 * 13 ?', '"13" means nothing in the field for the month (1-12).'],
    ['0 0 0 ? * 0', '"0" means nothing in the field for the day of the week (1-7).'],
    ['0 0 0 ? * MONDAY', '"MONDAY" means nothing in the field for the day of the week (1-7).'],
    ['0 0 0 ? * MON#6', '"6" means nothing in the field for the week of the month (1-5).'],
    ['0 0 0 * * ? 1969', '"1969" means nothing in the field for the year (1970-2199).'],
    ['0 0 0 * * ? 2027-2026', '"2027-2026" means nothing in the field for the year (1970-2199).'],
    ['0 0/0 * * * ?', '"/0" means nothing in the field for minutes (0-59).'],
    ['0 , * * * ?', '"" means nothing in the field for minutes (0-59).'],
    ['0 1-2-3 * * * ?', '"1-2-3" means nothing in the field for minutes (0-59).'],
    ['0 ? * * * ?', '"?" means nothing in the field for minutes (0-59).'],
    ['0 -1 * * * ?', '"-1" means nothing in the field for minutes (0-59).'],
    ['0 * * ? * ?', 'Only one of the day of the month and the day of the week can be "?".'],
    ['0 * * 1 * MON', 'One of the day of the month and the day of the week has to be "?".'],
  ])('%s', (cron, message) => {
    expect(() => readCron(cron)).toThrow(message);
  });
});
