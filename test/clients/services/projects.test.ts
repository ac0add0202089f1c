import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BatchGetProjectsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  type CreateProjectCommandInput,
  DeleteProjectCommand,
  ListCuratedEnvironmentImagesCommand,
  ListProjectsCommand,
  UpdateProjectCommand,
} from '@aws-sdk/client-codebuild';
import { expect, test } from 'vitest';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { account, clientConfig, type Keys, region, serve } from '../../support/servers/server.ts';
import { temporaryFolder } from '../../support/servers/server-process.ts';

const arnOf = (name: string) => `arn:aws:codebuild:${region}:${account}:project/${name}`;
const serviceRole = `arn:aws:iam::${account}:role/builder`;

const declaration = (name: string): CreateProjectCommandInput => ({
  name,
  source: { type: 'CODEPIPELINE', buildspec: 'ci/build.yml' },
  artifacts: { type: 'CODEPIPELINE' },
  environment: {
    type: 'LINUX_CONTAINER',
    image: 'aws/codebuild/standard:7.0',
    computeType: 'BUILD_GENERAL1_SMALL',
    environmentVariables: [{ name: 'STAGE', value: 'test' }],
  },
  serviceRole,
});

async function start() {
  const { url } = await serve();
  const client = (keys?: Keys) => new CodeBuildClient(clientConfig(url, keys));
  return { url, client, codebuild: client() };
}

test('a project is created, shown with the defaults of CodeBuild, changed and deleted', async () => {
  const { codebuild } = await start();
  const tags = [{ key: 'team', value: 'shop' }];
  const { project } = await codebuild.send(new CreateProjectCommand({ ...declaration('shop'), tags }));
  expect(project).toEqual({
    ...declaration('shop'),
    arn: arnOf('shop'),
    artifacts: { type: 'CODEPIPELINE', name: 'shop', packaging: 'NONE', encryptionDisabled: false },
    environment: {
      ...declaration('shop').environment,
      environmentVariables: [{ name: 'STAGE', value: 'test', type: 'PLAINTEXT' }],
      privilegedMode: false,
      imagePullCredentialsType: 'CODEBUILD',
    },
    secondarySources: [],
    secondaryArtifacts: [],
    cache: { type: 'NO_CACHE' },
    timeoutInMinutes: 60,
    queuedTimeoutInMinutes: 480,
    encryptionKey: `arn:aws:kms:${region}:${account}:alias/aws/s3`,
    badge: { badgeEnabled: false },
    projectVisibility: 'PRIVATE',
    tags,
    created: expect.any(Date),
    lastModified: project?.created,
  });
  const again = codebuild.send(new CreateProjectCommand(declaration('shop')));
  await expect(again).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
    message: `Project already exists: ${arnOf('shop')}`,
  });
  const changed = await codebuild.send(
    new UpdateProjectCommand({ name: 'shop', description: 'the shop', timeoutInMinutes: 5, tags: [] }),
  );
  expect(changed.project).toMatchObject({
    description: 'the shop',
    timeoutInMinutes: 5,
    source: { buildspec: 'ci/build.yml' },
    tags: [],
  });
  const found = await codebuild.send(new BatchGetProjectsCommand({ names: [arnOf('shop'), 'shop', 'none', 'shop'] }));
  expect(found.projects?.map(({ name }) => name)).toEqual(['shop', 'shop']);
  expect(found.projectsNotFound).toEqual(['none']);
  await codebuild.send(new DeleteProjectCommand({ name: arnOf('shop') }));
  await codebuild.send(new DeleteProjectCommand({ name: 'shop' }));
  const gone = codebuild.send(new UpdateProjectCommand({ name: 'shop', description: '' }));
  await expect(gone).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Project cannot be found: ${arnOf('shop')}`,
  });
});

test('what CodeBuild would refuse is refused, and a refused change changes nothing', async () => {
  const { codebuild } = await start();
  const wrong = codebuild.send(
    new CreateProjectCommand({ ...declaration('shop'), artifacts: { type: 'NO_ARTIFACTS' } }),
  );
  await expect(wrong).rejects.toMatchObject({
    name: 'InvalidInputException',
    message: 'Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE',
  });
  await codebuild.send(new CreateProjectCommand(declaration('shop')));
  const source = { type: 'S3', location: 'sources/a.zip' } as const;
  await expect(codebuild.send(new UpdateProjectCommand({ name: 'shop', source }))).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
  const { projects = [] } = await codebuild.send(new BatchGetProjectsCommand({ names: ['shop'] }));
  expect(projects[0]).toMatchObject({ source: { type: 'CODEPIPELINE' }, lastModified: projects[0]?.created });
});

test('what Terraform sends to remove members removes them', async () => {
  const { codebuild } = await start();
  const vpcConfig = { vpcId: 'vpc-1', subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
  const cache = { type: 'S3', location: 'results/cache' } as const;
  const { project } = await codebuild.send(new CreateProjectCommand({ ...declaration('shop'), vpcConfig, cache }));
  expect(project).toMatchObject({ vpcConfig, cache });
  const update = new UpdateProjectCommand({
    name: 'shop',
    vpcConfig: {},
    cache: { type: 'NO_CACHE' },
    secondarySources: [],
    sourceVersion: '',
    buildBatchConfig: {},
  });
  await codebuild.send(update);
  const { projects = [] } = await codebuild.send(new BatchGetProjectsCommand({ names: [arnOf('shop')] }));
  expect(projects[0]).toMatchObject({ cache: { type: 'NO_CACHE' }, secondarySources: [] });
  expect(projects[0]).not.toHaveProperty('vpcConfig');
  expect(projects[0]).not.toHaveProperty('buildBatchConfig');
});

test('projects are listed in each order, in pages', async () => {
  const { codebuild, url } = await start();
  const resources = Array.from({ length: 101 }, (_, index) => ({
    kind: 'Project',
    name: `p${index}`,
    document: '{}',
  }));
  await callOwn(url, 'ApplyResources', { resources });
  await codebuild.send(new CreateProjectCommand(declaration('aa')));
  const list = (input: object) => codebuild.send(new ListProjectsCommand(input));
  const first = await list({});
  expect(first.projects?.[0]).toBe('aa');
  const rest = await list({ nextToken: first.nextToken });
  expect(new Set([...(first.projects ?? []), ...(rest.projects ?? [])]).size).toBe(102);
  expect(rest.nextToken).toBeUndefined();
  const newest = await list({ sortBy: 'CREATED_TIME', sortOrder: 'DESCENDING' });
  expect(newest.projects?.[0]).toBe('aa');
  await expect(list({ nextToken: first.nextToken, sortOrder: 'DESCENDING' })).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
});

test('a project of a file and one of the API are the same thing', async () => {
  const { codebuild, url } = await start();
  await callOwn(url, 'ApplyResources', {
    resources: [{ kind: 'Project', name: 'shop', document: '{"cage":"process","network":"none"}' }],
  });
  await codebuild.send(new UpdateProjectCommand({ name: 'shop', description: 'd' }));
  const shown = await callOwn<{ resource: { document: string } }>(url, 'GetResource', {
    kind: 'Project',
    name: 'shop',
  });
  expect(JSON.parse(shown.answer.resource.document)).toEqual({ cage: 'process', network: 'none', description: 'd' });
  const { projects = [] } = await codebuild.send(new BatchGetProjectsCommand({ names: ['shop'] }));
  expect(projects[0]).toMatchObject({
    serviceRole: `arn:aws:iam::${account}:role/codebuild-shop-service-role`,
    environment: { image: 'aws/codebuild/standard:7.0' },
  });
  expect(projects[0]).not.toHaveProperty('cage');
});

test('policies name projects, also by their tags', async () => {
  const { url, codebuild, client } = await start();
  for (const team of ['shop', 'site']) {
    await codebuild.send(new CreateProjectCommand({ ...declaration(team), tags: [{ key: 'team', value: team }] }));
  }
  const Statement = {
    Effect: 'Allow',
    Action: 'codebuild:*',
    Resource: '*',
    Condition: { StringEquals: { 'aws:ResourceTag/team': 'shop' } },
  };
  const policies = [JSON.stringify({ Version: '2012-10-17', Statement })];
  const mine = client((await callOwn<Required<Keys>>(url, 'CreateAccessKey', { name: 'ada', policies })).answer);
  const get = (name: string) => mine.send(new BatchGetProjectsCommand({ names: [name] }));
  expect((await get('shop')).projects).toHaveLength(1);
  await expect(get('site')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const byName = client(await createKey(url, 'bob', ['codebuild:UpdateProject']));
  await byName.send(new UpdateProjectCommand({ name: 'site', description: 'd' }));
});

test('with strict roles a project has a declared role that its author may pass', async () => {
  const roles = join(await temporaryFolder(), 'roles.json');
  const Statement = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }];
  await writeFile(roles, JSON.stringify([{ name: 'builder', policies: [{ Version: '2012-10-17', Statement }] }]));
  const { url } = await serve({ roles, strictRoles: 'on' });
  const root = new CodeBuildClient(clientConfig(url));
  await root.send(new CreateProjectCommand(declaration('shop')));
  const undeclared = { ...declaration('site'), serviceRole: serviceRole.replace('builder', 'other') };
  await expect(root.send(new CreateProjectCommand(undeclared))).rejects.toMatchObject({
    name: 'InvalidInputException',
    message: expect.stringContaining('CodeBuild is not authorized to perform: sts:AssumeRole'),
  });
  const author = await createKey(url, 'ada', ['codebuild:*', 'millrace:*']);
  const resources = [{ kind: 'Project', name: 'bank', document: JSON.stringify({ serviceRole }) }];
  const denied = {
    name: 'AccessDeniedException',
    message: expect.stringContaining(`iam:PassRole on resource: ${serviceRole}`),
  };
  const ada = new CodeBuildClient(clientConfig(url, author));
  await expect(ada.send(new CreateProjectCommand(declaration('bank')))).rejects.toMatchObject(denied);
  expect((await callOwn(url, 'ApplyResources', { resources }, author)).answer).toMatchObject({
    __type: 'AccessDeniedException',
  });
  const passer = await createKey(url, 'bob', ['codebuild:*', 'millrace:*', 'iam:PassRole']);
  expect((await callOwn(url, 'ApplyResources', { resources }, passer)).status).toBe(200);
});

test('the names of images are listed', async () => {
  const { codebuild } = await start();
  const { platforms = [] } = await codebuild.send(new ListCuratedEnvironmentImagesCommand({}));
  const names = platforms.flatMap(({ languages = [] }) =>
    languages.flatMap(({ images = [] }) => images.map(({ name }) => name)),
  );
  expect(names).toContain('aws/codebuild/standard:7.0');
});
