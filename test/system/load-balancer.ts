import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, vi } from 'vitest';

const configuration = fileURLToPath(new URL('../../deploy/haproxy.cfg', import.meta.url));
// HAProxy ends with its standard input, which the system closes when this process ends.
const script = 'haproxy -db -f "$0" & trap "kill $!; wait $!" EXIT; read -r _';

/** Starts Debian's HAProxy with the delivered configuration on this port; waits until all servers are up. */
export async function startLoadBalancer(port: number, nodes: { url: string }[]): Promise<{ url: string }> {
  const places = nodes.map(({ url }, index) => [`NODE_${index + 1}`, new URL(url).host]);
  const child = spawn('/bin/sh', ['-c', script, configuration], {
    env: { PATH: '/usr/sbin:/usr/bin:/bin', LISTEN: `127.0.0.1:${port}`, ...Object.fromEntries(places) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.stdin.end();
    await exited;
  });
  child.stdout.resume();
  child.stderr.resume();
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${url}/-/health`)).status).toBe(200), {
    timeout: 10_000,
    interval: 50,
  });
  return { url };
}
