/** The bytes are not a readable zip archive: truncated, damaged, or in an unknown format. */
export class MalformedArchiveError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'MalformedArchiveError';
  }
}

/** The archive is readable but not unpacked: beyond the limits, or deceptive. The message has no final period. */
export class RefusedArchiveError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'RefusedArchiveError';
  }
}

/** Returns a name from an archive, short and printable enough for a message. */
export function shownName(name: string): string {
  return name.length > 200 ? `${JSON.stringify(name.slice(0, 200))}…` : JSON.stringify(name);
}
