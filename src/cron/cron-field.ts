/** One field of a cron expression: its name in messages, its bounds, and names for the numbers from `first` on. */
export interface CronField {
  name: string;
  first: number;
  last: number;
  names?: readonly string[];
  /** Whether a range may wrap around (`22-2`); years cannot. */
  isCircular: boolean;
}

/** Says in a whole sentence why an expression is invalid. */
export class CronError extends Error {}

/** `*`, a value or a range, each with an optional step. A step alone counts from the first value. */
const partPattern = /^(?:(\*)|([a-z0-9]+)(?:-([a-z0-9]+))?)?(?:\/([0-9]+))?$/i;

/** Returns the numbers that one entry of a field's list stands for; throws CronError. */
export function readNumbers(part: string, field: CronField): number[] {
  const [whole, star, from, to, step] = partPattern.exec(part) ?? [];
  if (!whole) throw misread(part, field);
  const isOpen = star !== undefined || from === undefined;
  const start = isOpen ? field.first : readNumber(from, field);
  if (step === undefined && to === undefined && !isOpen) return [start];
  const end = to === undefined ? field.last : readNumber(to, field);
  return stepped(start, end, step === undefined ? 1 : readStep(step, field), field);
}

/** The refusal of a part that means nothing in its field. */
function misread(part: string, { name, first, last }: CronField): CronError {
  return new CronError(`"${part}" means nothing in the field for ${name} (${first}-${last}).`);
}

/** Parses one number or name within the bounds of a field; throws CronError. */
export function readNumber(text: string, field: CronField): number {
  const index = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const number = index >= 0 ? field.first + index : Number(text);
  if (!/^\d{1,4}$/.test(text) && index < 0) throw misread(text, field);
  if (number < field.first || number > field.last) throw misread(text, field);
  return number;
}

function readStep(text: string, field: CronField): number {
  const step = Number(text);
  if (step < 1 || step > field.last) throw misread(`/${text}`, field);
  return step;
}

function stepped(start: number, end: number, step: number, field: CronField): number[] {
  if (end < start && !field.isCircular) throw misread(`${start}-${end}`, field);
  const size = field.last - field.first + 1;
  const length = end < start ? end + size - start : end - start;
  const numbers: number[] = [];
  for (let offset = 0; offset <= length; offset += step) {
    numbers.push(field.first + ((start - field.first + offset) % size));
  }
  return numbers;
}
