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
