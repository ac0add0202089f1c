import { copyFile, readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { codeBuild } from '../support/builds/codebuild-client.ts';
import { zipOf } from '../support/machine/zip-of.ts';
import { clientConfig } from '../support/requests/client-config.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const certificates = fileURLToPath(new URL('../support/servers/tls/', import.meta.url));

test('the runner of a server trusts its private certificate, and the one that replaces it', async () => {
  const folder = await temporaryFolder();
  const use = async (name: string): Promise<Agent> => {
    await copyFile(join(certificates, `${name}-cert.pem`), join(folder, 'cert.pem'));
    await copyFile(join(certificates, `${name}-key.pem`), join(folder, 'key.pem'));
    // The second one is for a name, and has no address.
    return new Agent({ ca: await readFile(join(folder, 'cert.pem')), checkServerIdentity: () => undefined });
  };
  const first = await use('test-only');
  const tls = ['--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')];
  const builder = ['--runner', 'local', '--allow-process-builds', 'on'];
  const server = await startProcess(join(folder, 'data'), [...tls, ...builder]);
  const s3 = new S3Client({ ...clientConfig(server.url), forcePathStyle: true, requestHandler: { httpsAgent: first } });
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  const Body = await zipOf({ 'notes.txt': 'from the source' });
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'src.zip', Body }));
  const buildspec = 'version: 0.2\nphases: { build: { commands: [grep source notes.txt] } }';
  const source = { type: 'S3', location: 'code/src.zip', buildspec } as const;
  const builds = codeBuild(server.url, first);
  await builds.createProject('shop', buildspec, { source });
  expect(await builds.untilEnded(await builds.start('shop'))).toMatchObject({ buildStatus: 'SUCCEEDED' });

  const second = await use('test-only-next');
  process.kill(server.pid, 'SIGHUP');
  await vi.waitFor(() => expect(server.log()).toContain('the TLS certificate was read again'));
  const after = codeBuild(server.url, second);
  expect(await after.untilEnded(await after.start('shop'))).toMatchObject({ buildStatus: 'SUCCEEDED' });
});
