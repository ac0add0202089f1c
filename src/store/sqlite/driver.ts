import { statSync } from 'node:fs';
import type { DatabaseSync } from '@photostructure/sqlite';

/** Loads `node:sqlite` if this Node has it, otherwise the prebuilt package with the same API, for Node 20. */
export async function loadSqlite(): Promise<typeof DatabaseSync> {
  const builtIn = loadBuiltIn();
  if (builtIn) return builtIn.DatabaseSync;
  try {
    const { DatabaseSync } = await import('@photostructure/sqlite');
    return DatabaseSync;
  } catch (error) {
    throw new Error(
      `No SQLite: Node.js ${process.version} has no node:sqlite, and the optional package @photostructure/sqlite is not installed. Run npm install without --omit=optional, or use Node.js 24.`,
      { cause: error },
    );
  }
}

/** Suppresses Node 22's warning that the module is experimental. */
function loadBuiltIn(): { DatabaseSync: typeof DatabaseSync } | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule?.('node:sqlite') as { DatabaseSync: typeof DatabaseSync } | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * Returns the identity of the file with this name, which changes when the file is replaced; undefined if it is missing.
 * The file isn't opened, since closing a file that SQLite has locked would drop the lock of the whole process.
 */
export function fileIdentity(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.dev}/${found.ino}`;
}
