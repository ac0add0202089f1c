import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../support/servers/free-port.ts';

const script = fileURLToPath(new URL('ceph-gateway.sh', import.meta.url));

/** A Ceph Object Gateway on its own port, with everything in memory. */
export interface CephGateway {
  url: string;
  key: { accessKeyId: string; secretAccessKey: string };
  /** A role with all rights that the key may assume. */
  roleArn: string;
  /** Kills the gateway, as a power failure would; `start` restarts it with its contents. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a gateway, in about twelve seconds. It ends with this process, however that ends. */
export async function startCephGateway(): Promise<CephGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ceph-'));
  const [monitorPort, port] = await freePorts(2);
  const child = spawn(script, [folder, String(monitorPort), String(port)], { stdio: 'pipe' });
  const exited = once(child, 'exit');
  let complained = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complained += String(chunk);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const expectLine = async (wanted: string) => {
    const { value } = await lines.next();
    if (value !== wanted) throw new Error(`the Ceph gateway said '${value}' instead of '${wanted}': ${complained}`);
  };
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  try {
    await expectLine('ready');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    key: { accessKeyId: 'MILLRACESTOREKEY', secretAccessKey: 'millrace-store-secret' },
    roleArn: 'arn:aws:iam:::role/artifacts',
    kill: () => command(child, 'kill').then(() => expectLine('killed')),
    start: () => command(child, 'start').then(() => expectLine('ready')),
    stop,
  };
}

async function command(child: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  child.stdin.write(`${text}\n`);
}
