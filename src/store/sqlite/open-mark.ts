import { statSync } from 'node:fs';
import { readIfPresent, removeDurably, writeDurably } from '../../files/durable-file.ts';
import type { Database } from '../database.ts';

/**
 * Returns the file that exists beside an open database. If the next process finds it, the last commits are only in the
 * log, `-wal`; without the log the database would silently continue from an earlier state. The file has the number of
 * the opening, as has the database.
 */
function markFile(file: string): string {
  return `${file}-open`;
}

/** Throws if the last process was not stopped cleanly and its log is missing. To be called before opening. */
export function requireLog(file: string): void {
  if (readMark(file) === undefined) return;
  const log = `${file}-wal`;
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  throw new Error(
    `${log} is missing, although the server on ${file} was not stopped cleanly: what was committed last is in it. Put back ${file} and its -wal of the same moment. If only a program such as sqlite3 has opened the database since, nothing is missing: remove ${markFile(file)} and start again.`,
  );
}

/** Counts the opening, in the database and then in the mark. Throws if the database is older than the mark. */
export async function markOpen(file: string, database: Database): Promise<void> {
  const marked = readMark(file) ?? 0;
  const row = await database.read((sql) => sql.get<{ user_version: number }>('pragma user_version'));
  const opened = row?.user_version ?? 0;
  if (opened < marked) {
    throw new Error(
      `${file} is older than the last start of the server, which was not stopped cleanly: opening ${opened} instead of ${marked}. Put back the newer file with its -wal. To go on with the older one, remove ${markFile(file)}.`,
    );
  }
  // SQLite stores 31 bits.
  const next = opened >= 2 ** 31 - 1 ? 1 : opened + 1;
  await database.write((sql) => sql.run(`pragma user_version = ${next}`));
  writeDurably(markFile(file), `${next}\n`);
}

/** Removes the mark before the database is closed, because closing removes the log. */
export function unmark(file: string): void {
  removeDurably(markFile(file));
}

function readMark(file: string): number | undefined {
  const text = readIfPresent(markFile(file));
  return text === undefined ? undefined : Number.parseInt(text, 10) || 0;
}
