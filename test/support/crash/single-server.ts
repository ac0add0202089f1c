import { join } from 'node:path';
import { type SpawnedServer, spawnServer } from '../servers/spawn-server.ts';
import type { Point } from './kill-plan.ts';

/** The project folder with the program, and the data folder. */
export interface ServerPlace {
  root: string;
  folder: string;
}

/** Further options of a start. */
export interface StartOptions {
  options?: string[];
  /** The point at which it kills itself; with a signal, passages count only after that. */
  kill?: { point: Point; nth: number; signal?: NodeJS.Signals };
  env?: Record<string, string>;
}

const patienceMs = 60_000;

/** Starts the program on a folder. */
export function startServerOn({ root, folder }: ServerPlace, { options = [], kill, env }: StartOptions): SpawnedServer {
  const preload = kill ? ['--import', join(root, 'test/support/crash/kill-at-point.mjs')] : [];
  // Kills leave more files without rows than a sweep moves aside by default.
  const sweeping = ['--sweep-percent', '100'];
  const program = [
    join(root, 'bin/millrace'),
    'start',
    '--data',
    folder,
    '--port',
    '0',
    '--log-level',
    'warn',
    ...sweeping,
  ];
  const point: Record<string, string> = kill ? { CRASH_POINT: kill.point, CRASH_NTH: String(kill.nth) } : {};
  if (kill?.signal) point.CRASH_SIGNAL = kill.signal;
  return spawnServer(process.execPath, [...preload, ...program, ...options], { ...point, ...env });
}

/** Waits for the ready line; returns undefined if the server has killed itself before. */
export async function readyOrKilled(server: SpawnedServer): Promise<string | undefined> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(
      () => reject(new Error(`the server is not ready after ${patienceMs} ms: ${server.log()}`)),
      patienceMs,
    ).unref();
  });
  try {
    return await Promise.race([server.ready, late]);
  } catch (error) {
    if (!server.isRunning() && (await server.exited) === 'SIGKILL') return undefined;
    throw error;
  }
}
