import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../scripts/postgres-server.mjs', import.meta.url));

/** A PostgreSQL server that this process started; it ends with the process at the latest. */
export interface PostgresServer {
  /** The URL of its first database, for a superuser. */
  url: string;
  /** Kills the server like a power cut; it keeps its port. */
  kill(): Promise<void>;
  /** Starts it again after `kill`. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a server. With `isDurable` it syncs the disk at each commit, like a production server. `binaries` is the
 * folder of its programs, if not that of the npm package.
 */
export async function startPostgres({
  isDurable = false,
  binaries,
}: {
  isDurable?: boolean;
  binaries?: string;
} = {}): Promise<PostgresServer> {
  const args = [...(isDurable ? ['--durable'] : []), ...(binaries === undefined ? [] : ['--binaries', binaries])];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complained = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complained += String(chunk);
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (word: string): Promise<string> => {
    const line = await Promise.race([lines.next(), exited.then(() => undefined)]);
    if (line?.value?.startsWith(word)) return line.value;
    throw new Error(`the PostgreSQL server did not say '${word}': ${line?.value ?? ''}${complained}`);
  };
  const [, url = ''] = (await next('ready ')).split(' ');
  return {
    url,
    async kill() {
      child.stdin.write('kill\n');
      await next('killed');
    },
    async start() {
      child.stdin.write('start\n');
      await next('ready ');
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
