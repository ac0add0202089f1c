import { statSync } from 'node:fs';

/**
 * Returns which file has a name now: after a file was replaced it is another one, and undefined when it is gone. It asks
 * by name, as opening and closing a file that SQLite has locked would drop the lock of the whole process.
 */
export function fileIdentity(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.dev}/${found.ino}`;
}
