import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { codeBuild } from '../support/builds/codebuild-client.ts';
import { startRunnerProcess } from '../support/builds/runner-process.ts';
import { createRepository } from '../support/git/repository.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, serve } from '../support/servers/server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

const sdk = createRequire(import.meta.url).resolve('@aws-sdk/client-sts');

/** Prints who calls, with what the environment says about services and credentials. */
const whoAmI = `const { STSClient, GetCallerIdentityCommand } = require(${JSON.stringify(sdk)});
new STSClient({}).send(new GetCallerIdentityCommand({})).then(({ Arn }) => console.log(Arn));
`;

const buildspec = `version: 0.2
env:
  parameter-store: { HOST: /shop/host }
  exported-variables: [ARN, FILES]
phases:
  build:
    commands:
      - ARN=$(node who.cjs)
      - FILES=$(ls | tr '\\n' ' ')
      - echo "host $HOST"
`;

test('a build of a Git repository reads values and calls services as its role', async () => {
  const repository = createRepository();
  repository.write('who.cjs', whoAmI);
  repository.write('buildspec.yml', buildspec);
  const commit = repository.commit('first');
  const Statement = [{ Effect: 'Allow', Action: 'ssm:GetParameters', Resource: 'arn:aws:ssm:*:*:parameter/shop/*' }];
  const roles = join(await temporaryFolder(), 'roles.json');
  await writeFile(roles, JSON.stringify([{ name: 'build', policies: [{ Version: '2012-10-17', Statement }] }]));
  const server = await serve({ roles, strictRoles: 'on' });
  const value = (name: string) => ({
    kind: 'Parameter',
    name,
    document: JSON.stringify({ secureValue: 'db.example.com' }),
  });
  const document = JSON.stringify({ url: repository.url, fullRepositoryId: 'team/shop' });
  const resources = [value('/shop/host'), value('/bank/host'), { kind: 'Repository', name: 'shop', document }];
  await callOwn(server.url, 'ApplyResources', { resources });
  await startRunnerProcess(server.url);
  const builds = codeBuild(server.url);
  const source = { type: 'GITHUB', location: 'https://github.com/team/shop.git' } as const;
  await builds.createProject('shop', '', { source });
  const id = await builds.start('shop');
  expect(await builds.untilEnded(id)).toMatchObject({
    buildStatus: 'SUCCEEDED',
    resolvedSourceVersion: commit,
    exportedEnvironmentVariables: [
      { name: 'ARN', value: `arn:aws:sts::${account}:assumed-role/build/AWSCodeBuild-${id.split(':')[1]}` },
      { name: 'FILES', value: 'buildspec.yml who.cjs ' },
    ],
  });
  await builds.createProject('bank', '', {
    source: { ...source, buildspec: buildspec.replace('/shop/host', '/bank/host') },
  });
  const refused = await builds.untilEnded(await builds.start('bank'));
  expect(refused.buildStatus).toBe('FAILED');
  const phase = refused.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED');
  expect(phase?.phaseType).toBe('DOWNLOAD_SOURCE');
  expect(phase?.contexts?.[0]?.message).toMatch(/^HOST: AccessDeniedException: .* to perform: ssm:GetParameters/);
});

test('a cache in a bucket is there for the next build', async () => {
  const server = await serve();
  await server.s3().send(new CreateBucketCommand({ Bucket: 'caches' }));
  await startRunnerProcess(server.url);
  const builds = codeBuild(server.url);
  const text = `version: 0.2
env: { exported-variables: [HIT] }
phases:
  build:
    commands:
      - HIT=$(cat modules/a || echo none)
      - mkdir -p modules && echo "$CODEBUILD_BUILD_NUMBER" > modules/a
cache: { paths: ['modules/**/*'] }
`;
  await builds.createProject('shop', text, { cache: { type: 'S3', location: 'caches/team' } });
  for (const value of ['none', '1', '2']) {
    const ended = await builds.untilEnded(await builds.start('shop'));
    expect(ended.exportedEnvironmentVariables).toEqual([{ name: 'HIT', value }]);
  }
});
