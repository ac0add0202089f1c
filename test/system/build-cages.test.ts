import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCredentialsEndpoint } from '../../src/builds/services/credentials-endpoint.ts';
import { bubblewrap } from '../../src/cages/bubblewrap.ts';
import { CageError } from '../../src/cages/cage.ts';
import { namespaces } from '../../src/cages/namespaces.ts';
import { createGrowingMask } from '../../src/masking/growing-mask.ts';
import { describeBuilds } from '../support/builds/build-cases.ts';
import { buildIn, spec, type TriedCage } from '../support/builds/build-run.ts';
import { makeTestImage, podmanWithNetwork, testPodman } from '../support/builds/test-image.ts';

const path = process.env.PATH;
const imageTimeoutMs = 60_000;

const ofMachine: [string, TriedCage][] = [
  ['Bubblewrap', { cage: bubblewrap({ path, readable: [] }) }],
  ['namespaces', { cage: namespaces({ path, readable: [] }) }],
];
const podman = testPodman;
let removeImage: () => void;

/** Containers reach the loopback interface of this machine by its network only. */
const withHostNetwork = (tried: TriedCage): TriedCage => (tried === podman ? podmanWithNetwork : tried);

beforeAll(() => {
  removeImage = makeTestImage();
}, imageTimeoutMs);

afterAll(() => removeImage(), imageTimeoutMs);

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

test('an image that is nowhere is a mistake that is told', async () => {
  const tried = { ...podman, image: 'localhost/millrace-none:1' };
  const begun = buildIn(tried, spec(['echo on']));
  await expect(begun).rejects.toThrow(CageError);
  await expect(begun).rejects.toThrow('The container of localhost/millrace-none:1 could not be started');
});

test('a privileged build in a container has the socket of the engine', async () => {
  const socket = join(mkdtempSync(join(tmpdir(), 'engine-')), 'engine.sock');
  const server = createServer().listen(socket);
  await once(server, 'listening');
  const host = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = `unix://${socket}`;
  try {
    const text = spec(['test -S /var/run/docker.sock && echo socket || echo none']);
    expect((await buildIn(podman, text, { isPrivileged: true })).printed).toEqual(['socket']);
    expect((await buildIn(podman, text)).printed).toEqual(['none']);
    process.env.DOCKER_HOST = 'unix:///nowhere.sock';
    await expect(buildIn(podman, text, { isPrivileged: true })).rejects.toThrow('/nowhere.sock is none');
  } finally {
    if (host === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = host;
    server.close();
    rmSync(dirname(socket), { recursive: true });
  }
});

test('in a container commands run as the user that the buildspec names', async () => {
  const text = spec(['id -un']).replace('phases:', 'run-as: builder\nphases:');
  expect((await buildIn(podman, text)).printed).toEqual(['builder']);
  const { phases } = await buildIn(ofMachine[0]?.[1] as TriedCage, text);
  expect(phases.find(({ failure }) => failure)?.failure?.message).toBe(
    'run-as: builder needs a container: the cage of this build has one user only',
  );
});
