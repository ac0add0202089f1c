import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCredentialsEndpoint } from '../../src/builds/services/credentials-endpoint.ts';
import { bubblewrap } from '../../src/cages/bubblewrap.ts';
import { containers } from '../../src/cages/container.ts';
import { namespaces } from '../../src/cages/namespaces.ts';
import { createGrowingMask } from '../../src/masking/growing-mask.ts';
import { describeBuilds } from '../support/builds/build-cases.ts';
import { buildIn, spec, type TriedCage } from '../support/builds/build-run.ts';

const path = process.env.PATH;
const imageTimeoutMs = 60_000;
const image = 'localhost/millrace-test-build:latest';
// What Podman needs where it may not raise limits, and where there is no network for containers.
const engineOptions = ['--runtime', 'runc'];
const runOptions = ['--ulimit', 'nofile=1024:4096', '--ulimit', 'nproc=500:500'];

const ofMachine: [string, TriedCage][] = [
  ['Bubblewrap', { cage: bubblewrap({ path, readable: [] }) }],
  ['namespaces', { cage: namespaces({ path, readable: [] }) }],
];
const podman: TriedCage = {
  cage: containers({ engine: 'podman', path, engineOptions, runOptions, network: 'none' }),
  image,
};

/** Containers reach the loopback interface of this machine by its network only. */
const withHostNetwork = (tried: TriedCage): TriedCage =>
  tried === podman
    ? { cage: containers({ engine: 'podman', path, engineOptions, runOptions, network: 'host' }), image }
    : tried;

/** Makes an image of BusyBox and Bash, since there is no registry to get one from. */
beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-image-'));
  const script = `set -e
mkdir -p "$1/bin" "$1/tmp" "$1/etc" "$1/usr"
for name in $(/bin/busybox --list); do ln -sf busybox "$1/bin/$name"; done
cp --remove-destination /bin/busybox /bin/bash "$1/bin/"
ldd /bin/bash | grep -o '/[^ ]*' | while read -r file; do mkdir -p "$1$(dirname "$file")"; cp -L "$file" "$1$file"; done
echo 'root:x:0:0::/root:/bin/sh' > "$1/etc/passwd"
echo 'builder:x:1000:1000::/tmp:/bin/sh' >> "$1/etc/passwd"
tar -C "$1" -c . | podman import - ${image}`;
  const made = spawnSync('/bin/bash', ['-c', script, 'bash', root], { encoding: 'utf8' });
  rmSync(root, { recursive: true });
  if (made.status !== 0) throw new Error(made.stderr);
}, imageTimeoutMs);

afterAll(() => {
  spawnSync('podman', ['rmi', '--force', image]);
}, imageTimeoutMs);

const all: [string, TriedCage][] = [...ofMachine, ['Podman', podman]];

describe.each(all)('in %s', (_, tried) => {
  describeBuilds(tried);

  test('a build sees its own folders, but no other files, processes and variables of the machine', async () => {
    const secret = join(tmpdir(), `secret-${crypto.randomUUID()}`);
    writeFileSync(secret, 'secret');
    const outside = spawn('sleep', ['60']);
    await once(outside, 'spawn');
    try {
      const { printed } = await buildIn(
        tried,
        spec([
          `cat ${secret} ${process.cwd()}/package.json 2>/dev/null || echo no files`,
          `kill -0 ${outside.pid} 2>/dev/null || echo no processes`,
          'cat /etc/shadow 2>/dev/null || echo no passwords',
          'env | grep -c VITEST || true',
          'touch /usr/file 2>/dev/null || echo read-only; cat /proc/1/environ 2>/dev/null | grep -c VITEST || true',
          'pwd | sed s/[0-9]*//g; echo $HOME',
        ]),
      );
      const isOwnRoot = tried === podman;
      expect(printed).toEqual([
        'no files',
        'no processes',
        'no passwords',
        '0',
        ...(isOwnRoot ? [] : ['read-only']),
        '0',
        '/codebuild/output/src/src',
        '/root',
      ]);
    } finally {
      outside.kill();
      rmSync(secret);
    }
  });

  test('a build gets the credentials of its role, and does not print them', async () => {
    const mask = createGrowingMask();
    const credentials = { accessKeyId: 'ASIA', secretAccessKey: 'tr0ub4dor', sessionToken: 'c0rrect', expiresAt: 0 };
    const endpoint = await openCredentialsEndpoint(async () => credentials, mask);
    const read =
      'busybox wget -qO- --header "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" $AWS_CONTAINER_CREDENTIALS_FULL_URI';
    const { printed } = await buildIn(withHostNetwork(tried), spec([`${read} > key; cut -c1-23 key; cat key`]), {
      mask,
      serviceVariables: endpoint.variables,
    });
    await endpoint.close();
    expect(printed).toEqual([
      '{"AccessKeyId":"ASIA","',
      '{"AccessKeyId":"ASIA","SecretAccessKey":"***","Token":"***","Expiration":"1970-01-01T00:00:00Z"}',
    ]);
  });

  test('a build without network reaches no other machine', async () => {
    const { printed } = await buildIn(tried, spec(['cat /proc/net/dev | grep -c eth || true']), { hasNetwork: false });
    expect(printed).toEqual(['0']);
  });

  test('a build that kills all its processes fails, and ends nothing else', async () => {
    const { phases, status } = await buildIn(tried, spec(['kill -9 -1', 'echo on']));
    expect(status).toBe('FAILED');
    expect(phases.find(({ failure }) => failure)?.phase).toBe('BUILD');
  });
});

test('a build in a container that cannot begin leaves no container', async () => {
  const { id, status } = await buildIn(podman, 'a: [');
  expect(status).toBe('FAILED');
  const filter = `label=millrace.build=${id}`;
  expect(spawnSync('podman', ['ps', '--all', '--quiet', '--filter', filter], { encoding: 'utf8' }).stdout).toBe('');
});

test('in a container commands run as the user that the buildspec names', async () => {
  const text = spec(['id -un']).replace('phases:', 'run-as: builder\nphases:');
  expect((await buildIn(podman, text)).printed).toEqual(['builder']);
  const { phases } = await buildIn(ofMachine[0]?.[1] as TriedCage, text);
  expect(phases.find(({ failure }) => failure)?.failure?.message).toBe(
    'run-as: builder needs a container: the cage of this build has one user only',
  );
});
