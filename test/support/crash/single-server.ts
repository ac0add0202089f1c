import { join } from 'node:path';
import { type SpawnedServer, spawnServer } from '../spawn-server.ts';
import type { Kill } from './kill-plan.ts';

/** The root of the project, whose program is run. */
export interface ServerPlace {
  root: string;
  folder: string;
}

const patienceMs = 60_000;

/** Starts the program on a folder; with a kill at a point it ends itself when it comes there. */
export function startServerOn({ root, folder }: ServerPlace, options: string[], kill?: Kill): SpawnedServer {
  const preload = join(root, 'test/support/crash/kill-at-point.mjs');
  const isAtPoint = kill?.kind === 'point';
  const args = [
    ...(isAtPoint ? ['--import', preload] : []),
    join(root, 'bin/millrace'),
    'start',
    '--data',
    folder,
    '--port',
    '0',
    '--log-level',
    'warn',
    ...options,
  ];
  const env: Record<string, string> = isAtPoint ? { CRASH_POINT: kill.point, CRASH_NTH: String(kill.nth) } : {};
  return spawnServer(process.execPath, args, env);
}

/** Waits for the ready line; undefined when the server has killed itself before it. */
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
