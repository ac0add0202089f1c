import { fileURLToPath } from 'node:url';
import { type SpawnedServer, spawnServer } from '../servers/spawn-server.ts';

const program = fileURLToPath(new URL('../../../bin/millrace', import.meta.url));
const preload = new URL('./loop-watch.mjs', import.meta.url).href;

/** The longest blocking of a server's event loop. */
interface LongestPiece {
  /** The CPU time of its thread, which is reliable on a busy machine too. Without procfs: wall time. */
  computedMs: number;
  /** The wall time, which is longer on a busy machine or a slow disk. */
  wallMs: number;
  /** The peak memory of the process; 0 without procfs. */
  residentMib: number;
}

/** A server process whose event loop is watched. */
export interface WatchedServer extends Omit<SpawnedServer, 'ready'> {
  url: string;
  /** Runs `work` and returns the longest blocking of the server's event loop meanwhile. */
  longestPieceOf(work: () => Promise<unknown>): Promise<LongestPiece>;
}

/** Options of a watched server. */
export interface WatchedOptions {
  /** Options of `millrace start`. */
  options?: string[];
  /** Options of Node.js, such as `--max-old-space-size=256`. */
  nodeOptions?: string[];
  env?: Record<string, string>;
}

/** Starts `millrace start` on a folder with the watch preloaded; the caller ends it. */
export async function startWatchedServer(
  folder: string,
  { options = [], nodeOptions = [], env = {} }: WatchedOptions = {},
): Promise<WatchedServer> {
  const args = [...nodeOptions, '--import', preload, program, 'start', '--data', folder, '--port', '0', ...options];
  const { ready, ...server } = spawnServer(process.execPath, args, env, { hasChannel: true });
  const ask = (message: string) =>
    new Promise<LongestPiece>((resolve, reject) => {
      const { child } = server;
      const leave = () => {
        child.off('message', hear);
        child.off('exit', die);
      };
      const hear = (answer: unknown) => {
        const { of, ...piece } = answer as LongestPiece & { of: string };
        if (of !== message) return;
        leave();
        resolve(piece);
      };
      const die = () => {
        leave();
        reject(new Error(`the server ended: ${server.log()}`));
      };
      child.on('message', hear).on('exit', die);
      if (!server.isRunning()) return die();
      child.send(message);
    });
  return {
    ...server,
    url: await ready,
    async longestPieceOf(work) {
      await ask('reset');
      await work();
      return ask('read');
    },
  };
}
