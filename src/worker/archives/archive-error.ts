/** The bytes are no readable zip archive: cut off, damaged, or of an unknown form. */
export class MalformedArchiveError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'MalformedArchiveError';
  }
}

/** The archive can be read but is not unpacked: beyond the limits, or made to deceive. The message ends no sentence. */
export class RefusedArchiveError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'RefusedArchiveError';
  }
}

/** A name out of an archive, short and printable enough for a message. */
export function shownName(name: string): string {
  return name.length > 200 ? `${JSON.stringify(name.slice(0, 200))}…` : JSON.stringify(name);
}
