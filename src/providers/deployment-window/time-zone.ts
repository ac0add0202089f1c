/** `UTC+05:30`, `UTC-3`, `+0900`; hours and minutes. */
const offsetPattern = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/;

/** Largest offset from UTC that is accepted. */
const maxOffsetMinutes = 18 * 60;

/**
 * Returns a Date whose UTC fields are those of the wall clock at an instant (ms) in a zone: an offset from UTC,
 * `Region/City` or an abbreviation with Java's meaning, so `IST` is India's time (behaviour C.8). Undefined if there is
 * no such zone.
 */
export function wallClock(at: number, timeZone: string): Date | undefined {
  const [, sign, hours, minutes = '0'] = offsetPattern.exec(timeZone) ?? [];
  if (hours !== undefined) {
    const offset = Number(hours) * 60 + Number(minutes);
    if (offset > maxOffsetMinutes || Number(minutes) > 59) return undefined;
    return new Date(at + (sign === '-' ? -offset : offset) * 60_000);
  }
  // Some versions of Node.js accept offsets too; those parsed above mean the same on all of them.
  return /^[+-]/.test(timeZone) ? undefined : namedZone(at, timeZone);
}

function namedZone(at: number, timeZone: string): Date | undefined {
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    }).formatToParts(at);
    const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((found) => found.type === type)?.value);
    return new Date(Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
