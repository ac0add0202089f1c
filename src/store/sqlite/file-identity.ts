import { statSync } from 'node:fs';

/**
 * Returns the identity of the file with this name, which changes when the file is replaced; undefined if it is missing.
 * The file isn't opened, since closing a file that SQLite has locked would drop the lock of the whole process.
 */
export function fileIdentity(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.dev}/${found.ino}`;
}
