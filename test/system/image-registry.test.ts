import { spawn } from 'node:child_process';
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ecrSource } from '../../src/providers/ecr-source/run.ts';
import type { DeclaredRegistry } from '../../src/providers/provider.ts';
import { unzip } from '../support/git/repository.ts';
import { createImage, createIndex, dockerTypes, ociTypes, pushImage, type TestImage } from '../support/images/image.ts';
import { temporaryFolder } from '../support/machine/temporary-folder.ts';
import { freePorts } from '../support/servers/free-port.ts';
import { MemoryObjects, toolsWith } from '../support/workers/memory-objects.ts';

const credential = { username: 'ada', password: 'hush' };
const basic = `Basic ${Buffer.from('ada:hush').toString('base64')}`;
const passwordHash = '$2b$04$IKCWDwJx/M/v/bRbIwj6s.EsNz985JX4.eUlayvWlY.rPW21vufa.';

/** Starts Debian's registry with the given lines about access in its configuration. */
async function startRegistry(accessLines: (folder: string) => string[] = () => []) {
  const folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  writeFileSync(join(folder, 'htpasswd'), `ada:${passwordHash}\n`);
  const settings = [
    'version: 0.1',
    'storage:',
    '  filesystem:',
    `    rootdirectory: ${join(folder, 'images')}`,
    'http:',
    `  addr: 127.0.0.1:${port}`,
    ...accessLines(folder),
  ];
  writeFileSync(join(folder, 'config.yml'), `${settings.join('\n')}\n`);
  const server = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  onTestFinished(async () => {
    server.kill();
    await once(server, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect([200, 401]).toContain((await fetch(`${url}/v2/`)).status), { timeout: 20_000 });
  return { url, host: `127.0.0.1:${port}` };
}

/** Runs an ECR source action, and returns its variables with the file it writes. */
async function take(
  declared: Omit<DeclaredRegistry, 'name'>,
  configuration: Record<string, string>,
  revision?: string,
) {
  const objects = new MemoryObjects({ store: {} });
  const location = { type: 'S3' as const, s3Location: { bucketName: 'store', objectKey: 'image.zip' } };
  const outcome = await ecrSource.run(
    {
      id: 'job-1',
      accountId: '111122223333',
      data: {
        actionConfiguration: { configuration },
        outputArtifacts: [{ name: 'Image', location, ...(revision && { revision }) }],
      },
    },
    { ...toolsWith(objects), registries: { find: async () => [{ name: 'images', ...declared }] } },
  );
  const files = await unzip(objects.at('store/image.zip')?.content ?? Buffer.alloc(0));
  return { outcome, detail: JSON.parse(files['imageDetail.json'] ?? '') as Record<string, unknown> };
}

const sizeOf = ({ blobs }: TestImage) => [...blobs.values()].reduce((sum, { length }) => sum + length, 0);

test('images and indexes of both formats are read from an open registry', async () => {
  const { url, host } = await startRegistry();
  for (const [repository, types] of [
    ['team/oci', ociTypes],
    ['team/docker', dockerTypes],
  ] as const) {
    const [small, large] = [createImage(['s'], { types }), createImage(['large', 'larger'], { types })];
    const index = createIndex([small, large], types);
    for (const image of [small, large]) await pushImage({ url }, repository, { image });
    await pushImage({ url }, repository, { image: large, reference: 'latest' });
    await pushImage({ url }, repository, { image: index, reference: 'multi' });
    expect((await take({ url }, { RepositoryName: repository })).detail).toEqual({
      ImageSizeInBytes: String(sizeOf(large)),
      ImageDigest: large.digest,
      Version: '1.0',
      ImagePushedAt: 'Fri Jan 02 03:04:05 UTC 2026',
      RegistryId: '111122223333',
      RepositoryName: repository,
      ImageURI: `${host}/${repository}@${large.digest}`,
      ImageTags: ['latest'],
    });
    const { detail } = await take({ url }, { RepositoryName: repository, ImageTag: 'multi' });
    expect(detail).toMatchObject({ ImageDigest: index.digest, ImageSizeInBytes: String(sizeOf(large)) });
    const bound = await take({ url }, { RepositoryName: repository }, small.digest);
    expect(bound.detail).toMatchObject({ ImageDigest: small.digest, ImageTags: [] });
    await expect(take({ url }, { RepositoryName: repository, ImageTag: 'none' })).rejects.toThrow('There is no image');
  }
  await expect(take({ url }, { RepositoryName: 'team/none' })).rejects.toThrow('There is no image');
});

test('a registry with passwords is read with those of its resource', async () => {
  const { url } = await startRegistry((folder) => [
    'auth:',
    '  htpasswd:',
    '    realm: images',
    `    path: ${join(folder, 'htpasswd')}`,
  ]);
  const image = createImage(['private']);
  await pushImage({ url, authorization: basic }, 'shop', { image, reference: 'latest' });
  const { outcome } = await take({ url, credential }, { RepositoryName: 'shop' });
  expect(outcome).toMatchObject({ outputVariables: { ImageDigest: image.digest } });
  const denied = { type: 'PermissionError' };
  await expect(take({ url }, { RepositoryName: 'shop' })).rejects.toMatchObject(denied);
  const wrong = { username: 'ada', password: 'wrong' };
  await expect(take({ url, credential: wrong }, { RepositoryName: 'shop' })).rejects.toMatchObject(denied);
});

/** Starts a token service for the registry: it gives tokens for what is asked to who has the password. */
async function startTokenService(key: string, certificate: X509Certificate): Promise<string> {
  const part = (value: object | Buffer) =>
    (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url');
  const server = createServer(({ headers, url = '' }, response) => {
    if (headers.authorization !== basic) return void response.writeHead(401).end();
    const asked = new URL(url, 'http://localhost').searchParams;
    const [type = '', name = '', actions = ''] = (asked.get('scope') ?? '').split(':');
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: 'tokens',
      aud: asked.get('service'),
      sub: 'ada',
      iat: now,
      nbf: now - 60,
      exp: now + 300,
      jti: randomUUID(),
      access: [{ type, name, actions: actions.split(',') }],
    };
    const signer = createPrivateKey(key);
    const isElliptic = signer.asymmetricKeyType === 'ec';
    const head = { typ: 'JWT', alg: isElliptic ? 'ES256' : 'RS256', x5c: [certificate.raw.toString('base64')] };
    const text = `${part(head)}.${part(claims)}`;
    const signature = sign('sha256', Buffer.from(text), { key: signer, dsaEncoding: 'ieee-p1363' });
    response.end(JSON.stringify({ token: `${text}.${part(signature)}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
}

test('a registry with a token service is read with its tokens', async () => {
  const tls = fileURLToPath(new URL('../support/servers/tls/', import.meta.url));
  const certificateFile = join(tls, 'test-only-cert.pem');
  const certificate = new X509Certificate(readFileSync(certificateFile));
  const realm = await startTokenService(readFileSync(join(tls, 'test-only-key.pem'), 'utf8'), certificate);
  const { url } = await startRegistry(() => [
    'auth:',
    '  token:',
    `    realm: ${realm}`,
    '    service: images',
    '    issuer: tokens',
    `    rootcertbundle: ${certificateFile}`,
  ]);
  const scope = 'repository:team/shop:pull,push';
  const asked = await fetch(`${realm}?service=images&scope=${scope}`, { headers: { authorization: basic } });
  const { token } = (await asked.json()) as { token: string };
  const image = createImage(['private']);
  await pushImage({ url, authorization: `Bearer ${token}` }, 'team/shop', { image, reference: 'latest' });
  const { detail } = await take({ url, credential }, { RepositoryName: 'team/shop' });
  expect(detail).toMatchObject({ ImageDigest: image.digest, ImageTags: ['latest'] });
  const wrong = { username: 'ada', password: 'wrong' };
  await expect(take({ url, credential: wrong }, { RepositoryName: 'team/shop' })).rejects.toMatchObject({
    type: 'PermissionError',
    message: expect.stringContaining('The token service'),
  });
});
