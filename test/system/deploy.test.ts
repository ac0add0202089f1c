import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { settings } from '../../src/config/config.ts';
import { runnerSettings } from '../../src/config/runner.ts';
import { runProgram } from '../support/requests/aws-cli.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const kit = join(root, 'deploy');
const env = { PATH: '/usr/sbin:/usr/bin:/bin' };

test.each([
  { name: 'millrace.service', threshold: 20 },
  // Bubblewrap needs namespaces, mounts and most of the system calls.
  { name: 'millrace-runner.service', threshold: 55 },
])('systemd accepts $name and rates its exposure at most $threshold of 100', async ({ name, threshold }) => {
  const unit = join(await temporaryFolder(), name);
  const text = await readFile(join(kit, name), 'utf8');
  await writeFile(unit, text.replace('/opt/millrace/bin/millrace', join(root, 'bin/millrace')));
  expect(await runProgram('systemd-analyze', ['verify', unit], env)).toEqual({ code: 0, stdout: '', stderr: '' });
  const security = await runProgram(
    'systemd-analyze',
    ['security', '--offline=true', `--threshold=${threshold}`, unit],
    env,
  );
  expect(security.code).toBe(0);
});

test('the Compose file has three nodes, and its load balancer knows each', async () => {
  const script = 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)';
  const { stdout } = await runProgram('/usr/bin/python3', ['-c', script, join(kit, 'compose.yaml')], env);
  const { services, volumes } = JSON.parse(stdout);
  expect(services.balancer.environment).toMatchObject({
    NODE_1: 'node-1:7090',
    NODE_2: 'node-2:7090',
    NODE_3: 'node-3:7090',
  });
  for (const name of ['node-1', 'node-2', 'node-3']) expect(services[name].volumes).toEqual(['keys:/keys']);
  expect(Object.keys(volumes)).toEqual(['keys', 'database', 'store']);
});

test.each([
  { NODE_1: '127.0.0.1:1' },
  { NODE_1: '127.0.0.1:1', NODE_2: '127.0.0.1:2' },
  { NODE_1: '127.0.0.1:1', NODE_2: '127.0.0.1:2', NODE_3: '127.0.0.1:3', NODE_4: '127.0.0.1:4' },
  { NODES: 'localhost:7090' },
])('HAProxy accepts the nodes %j', async (nodes) => {
  const places = { ...env, LISTEN: '127.0.0.1:7999', ...nodes };
  const { code, stdout } = await runProgram('haproxy', ['-c', '-f', join(kit, 'haproxy.cfg')], places);
  expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: 'Configuration file is valid' });
});

test('HAProxy refuses to start without nodes', async () => {
  const places = { ...env, LISTEN: '127.0.0.1:7999' };
  const { code, stderr } = await runProgram('haproxy', ['-c', '-f', join(kit, 'haproxy.cfg')], places);
  expect(code).not.toBe(0);
  expect(stderr).toContain('set NODE_1');
});

test('every setting named in the deployment files exists', async () => {
  const known = new Set<string>([...Object.values(settings), ...Object.values(runnerSettings)].flatMap(envNames));
  for (const name of await readdir(kit)) {
    const text = await readFile(join(kit, name), 'utf8');
    for (const [named] of text.matchAll(/\bMILLRACE_\w+/g)) expect(known, `${name}: ${named}`).toContain(named);
  }
});

function envNames(setting: object): string[] {
  return 'env' in setting ? [setting.env as string | string[]].flat() : [];
}
