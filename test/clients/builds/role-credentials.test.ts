import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import type { ClaimBuildsOutput, ClaimedBuild, RenewBuildOutput } from '../../../src/contract/generated.ts';
import type { BuildOrder } from '../../../src/model/build.ts';
import { createBuild } from '../../support/builds/create-build.ts';
import { callOwn } from '../../support/requests/own-api.ts';
import { account, clientConfig, serve, type TestServer } from '../../support/servers/server.ts';
import { temporaryFolder } from '../../support/servers/server-process.ts';

const roleOf = (name: string) => `arn:aws:iam::${account}:role/${name}`;

/** Starts a server with a role for building, and claims a build that has this role. */
async function claimAs(role: string, strictRoles: 'on' | 'off' = 'off', order: Partial<BuildOrder> = {}) {
  const Statement = [
    { Effect: 'Allow', Action: 'ssm:GetParameters', Resource: 'arn:aws:ssm:*:*:parameter/shop/*' },
    { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::flour/*' },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::flour/source.zip' },
  ];
  const roles = join(await temporaryFolder(), 'roles.json');
  await writeFile(roles, JSON.stringify([{ name: 'build', policies: [{ Version: '2012-10-17', Statement }] }]));
  const server = await serve({ roles, strictRoles });
  await server.s3().send(new CreateBucketCommand({ Bucket: 'flour' }));
  const resources = ['/shop/host', '/bank/host'].map((name) => ({
    kind: 'Parameter',
    name,
    document: JSON.stringify({ secureValue: 'db.example.com' }),
  }));
  await callOwn(server.url, 'ApplyResources', { resources });
  await createBuild(server.folder, '1', { serviceRole: roleOf(role), ...order });
  const claimed = await callOwn<ClaimBuildsOutput>(server.url, 'ClaimBuilds', { runner: 'millstone:1' });
  const build = claimed.answer.builds[0] as ClaimedBuild;
  return { server, build, ...callsOf(server, build.roleCredentials) };
}

function callsOf({ url, s3 }: TestServer, keys: ClaimedBuild['roleCredentials']) {
  const ssm = new SSMClient(clientConfig(url, keys));
  const sts = new STSClient(clientConfig(url, keys));
  return {
    identity: async () => (await sts.send(new GetCallerIdentityCommand({}))).Arn,
    parameter: async (name: string) => {
      const { Parameters } = await ssm.send(new GetParametersCommand({ Names: [name], WithDecryption: true }));
      return Parameters?.[0]?.Value;
    },
    put: (Bucket: string) => s3(keys).send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' })),
  };
}

test('a build calls services as its role, in a session of its own', async () => {
  const { build, identity, parameter, put } = await claimAs('build', 'on');
  expect(await identity()).toBe(`arn:aws:sts::${account}:assumed-role/build/AWSCodeBuild-1`);
  expect(build.roleCredentials.expiresAt - Date.now()).toBeGreaterThan(50 * 60_000);
  expect(await parameter('/shop/host')).toBe('db.example.com');
  await expect(parameter('/bank/host')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await put('flour');
});

test('a role that is not declared reads values and objects; if roles are strict it does nothing', async () => {
  const free = await claimAs('other');
  expect(await free.identity()).toBe(`arn:aws:sts::${account}:assumed-role/other/AWSCodeBuild-1`);
  expect(await free.parameter('/bank/host')).toBe('db.example.com');
  await free.put('flour');
  const strict = await claimAs('other', 'on');
  await expect(strict.parameter('/shop/host')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(strict.put('flour')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a renewal gives new credentials', async () => {
  const { server, build } = await claimAs('build');
  const { buildArn, fence } = build;
  const renew = async (input: object) =>
    (await callOwn<RenewBuildOutput>(server.url, 'RenewBuild', { buildArn, fence, ...input })).answer.roleCredentials;
  expect(await renew({})).toBeUndefined();
  const renewed = await renew({ withCredentials: true });
  if (!renewed) throw new Error('no credentials');
  expect(renewed.accessKeyId).not.toBe(build.roleCredentials.accessKeyId);
  expect(await callsOf(server, renewed).parameter('/shop/host')).toBe('db.example.com');
});

test('a build alone reads and writes only what its role may', async () => {
  const source = { type: 'S3', bucket: 'flour', key: 'source.zip' } as const;
  const others = ['bank', 'flour'].map((bucket) => ({
    identifier: bucket,
    bucket,
    key: 'out',
    packaging: 'NONE' as const,
  }));
  const hidden = { ...source, key: 'hidden.zip', identifier: 'hidden' };
  const order = { source, secondarySources: [hidden], secondaryArtifacts: others };
  const { server, build } = await claimAs('build', 'on', order);
  const root = server.s3();
  await root.send(new CreateBucketCommand({ Bucket: 'bank' }));
  for (const Key of ['source.zip', 'hidden.zip']) {
    await root.send(new PutObjectCommand({ Bucket: 'flour', Key, Body: 'zip' }));
  }
  const worker = server.s3(build.artifactCredentials);
  await worker.send(new GetObjectCommand({ Bucket: 'flour', Key: 'source.zip' }));
  await worker.send(new PutObjectCommand({ Bucket: 'flour', Key: 'out/a', Body: 'x' }));
  const refused = { name: 'AccessDenied' };
  const read = worker.send(new GetObjectCommand({ Bucket: 'flour', Key: 'hidden.zip' }));
  await expect(read).rejects.toMatchObject(refused);
  const write = worker.send(new PutObjectCommand({ Bucket: 'bank', Key: 'out/a', Body: 'x' }));
  await expect(write).rejects.toMatchObject(refused);
});
