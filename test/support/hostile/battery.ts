import { join } from 'node:path';
import { loadSqlite } from '../../../src/store/sqlite/driver.ts';
import { registerTypes } from './custom-pipeline.ts';
import type { LoopCase } from './loop-case.ts';
import { startWatchedServer, type WatchedServer } from './watched-server.ts';

/** Prepares all cases in a folder and starts the server that they attack. */
export async function startBattery(folder: string, cases: readonly LoopCase[]): Promise<WatchedServer> {
  const server = await startWatchedServer(folder);
  try {
    await registerTypes(server.url, ['Note']);
    for (const each of cases) await each.prepare?.(server);
  } finally {
    await server.end('SIGTERM');
  }
  const Sqlite = await loadSqlite();
  const database = new Sqlite(join(folder, 'millrace.sqlite'));
  try {
    for (const each of cases) each.fill?.(database);
  } finally {
    database.close();
  }
  return startWatchedServer(folder);
}
