const basicFormat = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Writes ms since the epoch as `yyyyMMddTHHmmssZ`, the ISO 8601 basic format of signatures. */
export function formatSignatureDate(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** The date read last: nearly all signatures of one moment have the same. */
let last = { text: '', at: 0 };

/** Reads `yyyyMMddTHHmmssZ`, or the HTTP form that a `Date` header may have; undefined for anything else. */
export function parseSignatureDate(text: string): number | undefined {
  if (text === last.text) return last.at;
  const at = readDate(text);
  if (at !== undefined) last = { text, at };
  return at;
}

function readDate(text: string): number | undefined {
  const parts = basicFormat.exec(text);
  if (!parts) return /GMT$/.test(text) ? validInstant(Date.parse(text)) : undefined;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  const at = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  // Date.UTC carries the 31st of February over into March.
  return validInstant(at) !== undefined && formatSignatureDate(at) === text ? at : undefined;
}

function validInstant(at: number): number | undefined {
  return Number.isNaN(at) ? undefined : at;
}
