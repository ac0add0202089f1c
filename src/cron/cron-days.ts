import { type CronField, readNumber, readNumbers } from './cron-field.ts';

/** Returns whether the expression includes a day, the UTC date of `day`. */
export type DayTest = (day: Date) => boolean;

const dayOfMonth: CronField = { name: 'the day of the month', first: 1, last: 31, isCircular: true };

/** In Quartz, Sunday is 1 (behaviour C.8). */
const dayOfWeek: CronField = {
  name: 'the day of the week',
  first: 1,
  last: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  isCircular: true,
};

const maxWeeksOfMonth = 5;

/** Parses one entry of the days-of-month list: numbers, `L`, `L-3`, `LW`, `15W`; throws CronError. */
export function readDayOfMonth(part: string): DayTest {
  const [whole, fromEnd, isWeekday] = /^L(?:-(\d{1,2}))?(W)?$/i.exec(part) ?? [];
  if (whole !== undefined) {
    const back = fromEnd === undefined ? 0 : readNumber(fromEnd, { ...dayOfMonth, first: 0, last: 30 });
    return (day) => {
      const target = lastDayOf(day) - back;
      return day.getUTCDate() === (isWeekday ? nearestWeekday(day, target) : target);
    };
  }
  const nearest = /^(\d{1,2})W$/i.exec(part)?.[1];
  if (nearest !== undefined) {
    const target = readNumber(nearest, dayOfMonth);
    return (day) => day.getUTCDate() === nearestWeekday(day, target);
  }
  const days = new Set(readNumbers(part, dayOfMonth));
  return (day) => days.has(day.getUTCDate());
}

/** Parses one entry of the days-of-week list: numbers and names, `L` (Saturday), `6L`, `FRI#2`; throws CronError. */
export function readDayOfWeek(part: string): DayTest {
  if (part.toUpperCase() === 'L') return readDayOfWeek('SAT');
  const last = /^([a-z0-9]+)L$/i.exec(part)?.[1];
  if (last !== undefined) {
    const weekday = readNumber(last, dayOfWeek);
    return (day) => weekdayOf(day) === weekday && day.getUTCDate() > lastDayOf(day) - 7;
  }
  const [, name, count] = /^([a-z0-9]+)#(\d)$/i.exec(part) ?? [];
  if (name !== undefined && count !== undefined) {
    const weekday = readNumber(name, dayOfWeek);
    const week = readNumber(count, {
      name: 'the week of the month',
      first: 1,
      last: maxWeeksOfMonth,
      isCircular: false,
    });
    return (day) => weekdayOf(day) === weekday && Math.ceil(day.getUTCDate() / 7) === week;
  }
  const weekdays = new Set(readNumbers(part, dayOfWeek));
  return (day) => weekdays.has(weekdayOf(day));
}

function weekdayOf(day: Date): number {
  return day.getUTCDay() + 1;
}

function lastDayOf(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
}

/** Returns the weekday nearest to a day of the month of `day`, in the same month; none if the month lacks that day. */
function nearestWeekday(day: Date, target: number): number | undefined {
  if (target < 1 || target > lastDayOf(day)) return undefined;
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), target)).getUTCDay();
  if (weekday === 6) return target === 1 ? 3 : target - 1;
  if (weekday === 0) return target === lastDayOf(day) ? target - 2 : target + 1;
  return target;
}
