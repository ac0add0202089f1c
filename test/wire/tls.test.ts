import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { CodePipelineClient, ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { readServerFile, writeServerFile } from '../../src/installation/data-folder.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { openRawSocket } from '../support/requests/raw-socket.ts';
import { serveEdge } from '../support/servers/edge-server.ts';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const folder = fileURLToPath(new URL('../support/servers/tls/', import.meta.url));
const tlsCert = join(folder, 'test-only-cert.pem');
const tlsKey = join(folder, 'test-only-key.pem');
const nextCert = join(folder, 'test-only-next-cert.pem');
const nextKey = join(folder, 'test-only-next-key.pem');

test('SDK clients that trust the certificate connect over TLS', async () => {
  const data = await temporaryFolder();
  const server = await serveEdge({ tlsCert, tlsKey, data });
  expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect((await readServerFile(data)).url).toBe(server.url);
  const httpsAgent = new Agent({ ca: await readFile(tlsCert), keepAlive: true });
  const config = { ...clientConfig(server.url), requestHandler: { httpsAgent } };
  expect((await new CodePipelineClient(config).send(new ListPipelinesCommand({}))).pipelines).toEqual([]);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'over-tls' }));
  expect((await s3.send(new ListBucketsCommand({}))).Buckets).toMatchObject([{ Name: 'over-tls' }]);
  httpsAgent.destroy();
  await expect(server.codePipeline().send(new ListPipelinesCommand({}))).rejects.toThrow(/self-signed certificate/);
});

test('plain HTTP and silence on a TLS port only close their own connection', async () => {
  const server = await serveEdge({ tlsCert, tlsKey, limits: { headersTimeoutMs: 100 } });
  const plain = await openRawSocket(server.url);
  plain.send('GET /-/health HTTP/1.1\r\nHost: mill\r\n\r\n');
  await plain.ended();
  const silent = await openRawSocket(server.url);
  await silent.ended();
  expect(server.logText()).not.toContain('"level":50');
});

test('a connection in its handshake does not delay the stop', async () => {
  const server = await serveEdge({ tlsCert, tlsKey, limits: { closeGraceMs: 60_000 } });
  const silent = await openRawSocket(server.url);
  await server.close();
  await silent.ended();
});

test('an unusable certificate or key is reported in one sentence before anything is opened', async () => {
  const data = await temporaryFolder();
  const otherKey = join(data, 'other-key.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  await writeFile(otherKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const lockedKey = join(data, 'locked-key.pem');
  const protection = { cipher: 'aes-256-cbc', passphrase: 'guess' };
  await writeFile(lockedKey, privateKey.export({ type: 'pkcs8', format: 'pem', ...protection }));
  const missing = join(data, 'missing.pem');
  const cases = [
    [{ tlsCert: missing, tlsKey }, `The TLS certificate file ${missing} cannot be read: it does not exist.`],
    [{ tlsCert, tlsKey: data }, `The TLS key file ${data} cannot be read: it is a folder.`],
    [{ tlsCert: tlsKey, tlsKey }, `The TLS certificate file ${tlsKey} holds no certificate in PEM form.`],
    [{ tlsCert, tlsKey: tlsCert }, `The TLS key file ${tlsCert} holds no private key in PEM form.`],
    [{ tlsCert, tlsKey: otherKey }, `The TLS key in ${otherKey} does not belong to the certificate in ${tlsCert}.`],
    [
      { tlsCert, tlsKey: lockedKey },
      `The TLS key in ${lockedKey} is encrypted; give it without a passphrase, in a file only the server's user may read.`,
    ],
  ] as const;
  for (const [files, message] of cases) {
    await expect(serveEdge({ ...files, data: join(data, 'never') })).rejects.toThrow(message);
  }
  expect(readConfig({ flags: { tlsCert, tlsKey }, env: {} })).toMatchObject({ tlsCert, tlsKey });
});

test('local commands trust only the certificate of the server', async () => {
  const data = await temporaryFolder();
  const server = await serveEdge({ tlsCert, tlsKey, data });
  expect(await runMillrace('health', '--data', data)).toEqual({
    code: 0,
    printed: [expect.any(String)],
    complained: [],
  });
  expect((await runMillrace('keys', 'list', '--data', data)).code).toBe(0);

  const file = await readServerFile(data);
  await writeServerFile(data, { ...file, certificate: await readFile(nextCert, 'utf8') });
  const impostor = await runMillrace('keys', 'list', '--data', data);
  expect(impostor).toMatchObject({ code: 1, complained: [expect.stringContaining('another certificate')] });
  await writeServerFile(data, { ...file, certificate: undefined });
  const untrusted = await runMillrace('keys', 'list', '--data', data);
  expect(untrusted).toMatchObject({ code: 1, complained: [expect.stringContaining('NODE_EXTRA_CA_CERTS')] });
  await writeServerFile(data, file);
  await server.close();
  const stopped = await runMillrace('health', '--data', data);
  expect(stopped).toMatchObject({ code: 1, complained: [expect.stringContaining("start it with 'millrace start'")] });
});

test('SIGHUP reloads certificate and key, and ignores a pair that does not match', async () => {
  const data = await temporaryFolder();
  const [cert, key] = [join(data, 'cert.pem'), join(data, 'key.pem')];
  await copyFile(tlsCert, cert);
  await copyFile(tlsKey, key);
  const server = await startProcess(join(data, 'state'), ['--tls-cert', cert, '--tls-key', key]);
  await copyFile(nextCert, cert);
  process.kill(server.pid, 'SIGHUP');
  await vi.waitFor(() => expect(server.log()).toContain('could not reload the certificate'));
  expect(await shownCertificate(server.url)).toBe(await fingerprintOf(tlsCert));
  await copyFile(nextKey, key);
  process.kill(server.pid, 'SIGHUP');
  await vi.waitFor(() => expect(server.log()).toContain('the TLS certificate was read again'));
  expect(await shownCertificate(server.url)).toBe(await fingerprintOf(nextCert));
  expect((await runMillrace('health', '--data', join(data, 'state'))).code).toBe(0);
});

async function shownCertificate(url: string): Promise<string | undefined> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerX509Certificate() ?? {};
  socket.destroy();
  return fingerprint256;
}

async function fingerprintOf(file: string): Promise<string> {
  return new X509Certificate(await readFile(file)).fingerprint256;
}
