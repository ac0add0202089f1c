import { type CronTimes, readFields } from './cron.ts';
import { CronError } from './cron-field.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** When a rule is due, again and again. */
export interface Schedule {
  /**
   * Returns the first instant (ms) after `after`; undefined if there is none. A rate counts from `startedAt`, when the rule
   * was enabled.
   */
  next(after: number, startedAt: number): number | undefined;
}

/** Parses `cron(…)` or `rate(…)` as EventBridge does; throws CronError. */
export function readSchedule(expression: string): Schedule {
  const [, form, text = ''] = /^(cron|rate)\((.*)\)$/s.exec(expression) ?? [];
  if (form === 'cron') return cronSchedule(text);
  if (form === 'rate') return rateSchedule(text);
  throw new CronError(
    `"${expression}" is neither cron(minutes hours day-of-month month day-of-week year) nor rate(value unit).`,
  );
}

const unitMs = { minute: minuteMs, hour: 60 * minuteMs, day: dayMs };

/** A longer rate could not be added to today's date. */
const longestRateMs = 100 * 366 * dayMs;

function rateSchedule(text: string): Schedule {
  const [, digits = '', unit = '', plural = ''] = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(text) ?? [];
  const value = Number(digits);
  if (value === 0) {
    throw new CronError(`"${text}" is not a positive number and minutes, hours or days, such as "5 minutes".`);
  }
  if ((value === 1) === (plural === 's')) {
    throw new CronError(`The unit after ${digits} is "${unit}${plural === 's' ? '' : 's'}", not "${unit}${plural}".`);
  }
  const periodMs = value * unitMs[unit as keyof typeof unitMs];
  if (periodMs > longestRateMs) throw new CronError(`"${text}" is longer than 100 years.`);
  return {
    next: (after, startedAt) => startedAt + Math.max(1, Math.floor((after - startedAt) / periodMs) + 1) * periodMs,
  };
}

function cronSchedule(text: string): Schedule {
  const fields = text.trim().split(/ +/);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  if (fields.length !== 6) {
    throw new CronError(
      `A schedule has 6 fields (minutes, hours, day of the month, month, day of the week, year), and "${text}" has ${fields.length}.`,
    );
  }
  // The service wants `?` in one of the two, and reads two `*` as every day all the same.
  if (dayOfMonth !== '?' && dayOfWeek !== '?' && !(dayOfMonth === '*' && dayOfWeek === '*')) {
    throw new CronError('One of the day of the month and the day of the week has to be "?".');
  }
  const times = readFields({ minute, hour, dayOfMonth, month, dayOfWeek, year });
  return { next: (after) => nextTime(times, after) };
}

function nextTime(times: CronTimes, after: number): number | undefined {
  const earliest = (Math.floor(after / minuteMs) + 1) * minuteMs;
  const hours = [...times.hours].sort(byNumber);
  const minutes = [...times.minutes].sort(byNumber);
  const lastYear = Math.max(...times.years);
  const day = new Date(earliest - (earliest % dayMs));
  while (day.getUTCFullYear() <= lastYear) {
    if (!times.years.has(day.getUTCFullYear())) {
      day.setUTCFullYear(day.getUTCFullYear() + 1, 0, 1);
    } else if (!times.months.has(day.getUTCMonth() + 1)) {
      day.setUTCMonth(day.getUTCMonth() + 1, 1);
    } else {
      const found = times.isDay(day) ? firstTime(day.getTime(), { hours, minutes, earliest }) : undefined;
      if (found !== undefined) return found;
      day.setUTCDate(day.getUTCDate() + 1);
    }
  }
  return undefined;
}

function byNumber(left: number, right: number): number {
  return left - right;
}

/** Returns the first time of a day that is not before `earliest`. */
function firstTime(
  day: number,
  { hours, minutes, earliest }: { hours: number[]; minutes: number[]; earliest: number },
): number | undefined {
  for (const hour of hours) {
    for (const minute of minutes) {
      const at = day + (hour * 60 + minute) * minuteMs;
      if (at >= earliest) return at;
    }
  }
  return undefined;
}
