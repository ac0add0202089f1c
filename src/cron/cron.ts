import { type DayTest, readDayOfMonth, readDayOfWeek } from './cron-days.ts';
import { CronError, type CronField, readNumbers } from './cron-field.ts';

const seconds: CronField = { name: 'seconds', first: 0, last: 59, isCircular: true };
const minutes: CronField = { name: 'minutes', first: 0, last: 59, isCircular: true };
const hours: CronField = { name: 'hours', first: 0, last: 23, isCircular: true };
const months: CronField = {
  name: 'the month',
  first: 1,
  last: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  isCircular: true,
};
const years: CronField = { name: 'the year', first: 1970, last: 2199, isCircular: false };

/** Values of a day field that leave the choice to the other one. */
const unrestricted = new Set(['*', '?']);

/** The fields of an expression as text. */
export interface CronFields {
  minute: string;
  hour: string;
  dayOfMonth: string;
  month: string;
  dayOfWeek: string;
  year: string;
}

/** The minutes that an expression names. */
export interface CronTimes {
  minutes: Set<number>;
  hours: Set<number>;
  isDay: DayTest;
  months: Set<number>;
  years: Set<number>;
}

/**
 * Parses a Quartz expression of six or seven fields (behaviour C.8) into a test for minutes; throws CronError. A minute
 * is a Date whose UTC fields are those of the wall clock; its seconds are ignored.
 */
export function readCron(expression: string): (minute: Date) => boolean {
  const fields = expression.trim().split(/\s+/);
  const [second = '', minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = '*'] = fields;
  if (fields.length < 6 || fields.length > 7) {
    throw new CronError(`A cron expression has 6 or 7 fields, and "${expression}" has ${fields.length}.`);
  }
  readList(second, seconds);
  const times = readFields({ minute, hour, dayOfMonth, month, dayOfWeek, year });
  return (at) =>
    times.minutes.has(at.getUTCMinutes()) &&
    times.hours.has(at.getUTCHours()) &&
    times.months.has(at.getUTCMonth() + 1) &&
    times.years.has(at.getUTCFullYear()) &&
    times.isDay(at);
}

/** Parses the fields of an expression; throws CronError. */
export function readFields({ minute, hour, dayOfMonth, month, dayOfWeek, year }: CronFields): CronTimes {
  return {
    minutes: readList(minute, minutes),
    hours: readList(hour, hours),
    isDay: readDays(dayOfMonth, dayOfWeek),
    months: readList(month, months),
    years: readList(year, years),
  };
}

function readList(list: string, field: CronField): Set<number> {
  return new Set(list.split(',').flatMap((part) => readNumbers(part, field)));
}

/** Like Quartz, rejects an expression that restricts both: it would be ambiguous whether both must match. */
function readDays(dayOfMonth: string, dayOfWeek: string): DayTest {
  if (dayOfMonth === '?' && dayOfWeek === '?') {
    throw new CronError('Only one of the day of the month and the day of the week can be "?".');
  }
  if (unrestricted.has(dayOfWeek)) {
    return unrestricted.has(dayOfMonth) ? () => true : anyOf(dayOfMonth, readDayOfMonth);
  }
  if (unrestricted.has(dayOfMonth)) return anyOf(dayOfWeek, readDayOfWeek);
  throw new CronError('One of the day of the month and the day of the week has to be "?".');
}

function anyOf(list: string, read: (part: string) => DayTest): DayTest {
  // Without repetitions, which could make the search for the next day slow.
  const tests = [...new Set(list.toUpperCase().split(','))].map(read);
  return (day) => tests.some((test) => test(day));
}
