import type { DatabaseSync } from '@photostructure/sqlite';

/**
 * SQLite's classes: `node:sqlite` where the running Node has it, else the package with the same API, prebuilt, for
 * Node 20.
 */
export async function loadSqlite(): Promise<typeof DatabaseSync> {
  if (process.getBuiltinModule?.('node:sqlite')) {
    const { DatabaseSync } = (await importBuiltIn()) as {
      DatabaseSync: typeof import('@photostructure/sqlite').DatabaseSync;
    };
    return DatabaseSync;
  }
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

/** Hides only the notice that the built-in module is young; every other warning goes on as before. */
async function importBuiltIn(): Promise<unknown> {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
