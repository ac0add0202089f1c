import { LRUCache } from 'lru-cache';

const basicFormat = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Formats ms since the epoch as `yyyyMMddTHHmmssZ`, the ISO 8601 basic format of signatures. */
export function formatSignatureDate(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Parsed dates: enough for each second of the half hour in which a signature can be valid. */
const instants = new LRUCache<string, number>({ max: 2000 });

/** Parses `yyyyMMddTHHmmssZ` or the HTTP form of a `Date` header; returns undefined for anything else. */
export function parseSignatureDate(text: string): number | undefined {
  const known = instants.get(text);
  if (known !== undefined) return known;
  const at = readDate(text);
  if (at !== undefined) instants.set(text, at);
  return at;
}

function readDate(text: string): number | undefined {
  const parts = basicFormat.exec(text);
  if (!parts) return /GMT$/.test(text) ? validInstant(Date.parse(text)) : undefined;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  const at = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  // Date.UTC turns the 31st of February into a day in March.
  return validInstant(at) !== undefined && formatSignatureDate(at) === text ? at : undefined;
}

function validInstant(at: number): number | undefined {
  return Number.isNaN(at) ? undefined : at;
}
