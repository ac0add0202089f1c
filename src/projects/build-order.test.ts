import { describe, expect, test } from 'vitest';
import type { CodeBuild } from '../contract/generated.ts';
import { createBuildOrder } from './build-order.ts';
import { withOverrides } from './overrides.ts';
import { withDefaults } from './project.ts';

const account = '123456789012';
const uuid = '0123-4567';
const start = { uuid, initiator: 'ada' };

const project = (declared: Partial<CodeBuild.CreateProjectInput> = {}, own: { cage?: string; network?: string } = {}) =>
  withDefaults('shop', { source: { type: 'NO_SOURCE', buildspec: 'version: 0.2\n' }, ...declared, ...own }, account);

test('a project that says nothing becomes a complete order', () => {
  expect(JSON.parse(JSON.stringify(createBuildOrder(project(), start)))).toEqual({
    kind: 'CodeBuild',
    projectName: 'shop',
    image: 'aws/codebuild/standard:7.0',
    computeType: 'BUILD_GENERAL1_SMALL',
    environmentType: 'LINUX_CONTAINER',
    isPrivileged: false,
    hasNetwork: true,
    buildspec: { text: 'version: 0.2\n' },
    variables: { project: [], start: [] },
    source: { type: 'NO_SOURCE' },
    secondarySources: [],
    secondaryArtifacts: [],
    serviceRole: `arn:aws:iam::${account}:role/codebuild-shop-service-role`,
    timeoutMs: 3_600_000,
    queuedTimeoutMs: 28_800_000,
    logGroup: '/aws/codebuild/shop',
    logStream: uuid,
    initiator: 'ada',
  });
});

test('the cage, the network, the role, the limits, the log and the variables are taken over', () => {
  const environmentVariables = [
    { name: 'A', value: '1' },
    { name: 'B', value: '/shop/b', type: 'PARAMETER_STORE' as const },
  ];
  const declared = project(
    {
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'node:20',
        computeType: 'BUILD_GENERAL1_LARGE',
        privilegedMode: true,
        environmentVariables,
      },
      serviceRole: 'arn:aws:iam::111122223333:role/path/builder',
      timeoutInMinutes: 5,
      queuedTimeoutInMinutes: 6,
      cache: { type: 'S3', location: 'caches/shop/main' },
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: 'builds', streamName: 'shop' } },
    },
    { cage: 'bubblewrap', network: 'none' },
  );
  const variables = [{ name: 'A', value: '2' }];
  expect(createBuildOrder(declared, { ...start, variables })).toMatchObject({
    cage: 'bubblewrap',
    hasNetwork: false,
    isPrivileged: true,
    image: 'node:20',
    computeType: 'BUILD_GENERAL1_LARGE',
    serviceRole: 'arn:aws:iam::111122223333:role/path/builder',
    timeoutMs: 300_000,
    queuedTimeoutMs: 360_000,
    cache: { type: 'S3', bucket: 'caches', prefix: 'shop/main' },
    logGroup: 'builds',
    logStream: `shop/${uuid}`,
    variables: {
      project: [
        { name: 'A', value: '1', type: 'PLAINTEXT' },
        { name: 'B', value: '/shop/b', type: 'PARAMETER_STORE' },
      ],
      start: [{ name: 'A', value: '2', type: 'PLAINTEXT' }],
    },
  });
});

test.each<[string, unknown]>([
  ['a\nb', { text: 'a\nb' }],
  ['{"version": 0.2}', { text: '{"version": 0.2}' }],
  ['ci/build.yml', { path: 'ci/build.yml' }],
  ['arn:aws:s3:::specs/shop/build.yml', { bucket: 'specs', key: 'shop/build.yml' }],
  ['', undefined],
])('the buildspec %j', (buildspec, expected) => {
  expect(createBuildOrder(project({ source: { type: 'NO_SOURCE', buildspec } }), start).buildspec).toEqual(expected);
});

describe('sources', () => {
  const connection = 'arn:aws:codeconnections:eu-west-1:123456789012:connection/c';
  test.each<[string, CodeBuild.ProjectSource, object, string]>([
    [
      'an object',
      { type: 'S3', location: 'sources/shop/source.zip' },
      { type: 'S3', bucket: 'sources', key: 'shop/source.zip', versionId: 'v1' },
      's3://sources/shop/source.zip',
    ],
    [
      'a repository of CodeCommit',
      { type: 'CODECOMMIT', location: 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop' },
      {
        type: 'GIT',
        url: 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop',
        repository: 'shop',
        ref: 'v1',
      },
      'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop',
    ],
    [
      'a repository of a connection',
      {
        type: 'GITHUB',
        location: 'https://github.com/ada/shop.git',
        auth: { type: 'CODECONNECTIONS', resource: connection },
      },
      {
        type: 'GIT',
        url: 'https://github.com/ada/shop.git',
        fullRepositoryId: 'ada/shop',
        connectionArn: connection,
        ref: 'v1',
      },
      'https://github.com/ada/shop.git',
    ],
    [
      'a repository behind ssh',
      { type: 'GITLAB_SELF_MANAGED', location: 'git@git.example.com:team/shop.git' },
      { type: 'GIT', url: 'git@git.example.com:team/shop.git', fullRepositoryId: 'team/shop', ref: 'v1' },
      'git@git.example.com:team/shop.git',
    ],
  ])('%s', (_, source, expected, url) => {
    const order = createBuildOrder(project({ source, sourceVersion: 'v1' }), start);
    expect(order).toMatchObject({ sourceVersion: 'v1', sourceRepositoryUrl: url });
    expect(JSON.parse(JSON.stringify(order.source))).toEqual(expected);
  });

  test('secondary ones have their own versions', () => {
    const { secondarySources } = createBuildOrder(
      project({
        secondarySources: [
          { type: 'S3', location: 'sources/a.zip', sourceIdentifier: 'a' },
          { type: 'S3', location: 'sources/b.zip', sourceIdentifier: 'b' },
        ],
        secondarySourceVersions: [{ sourceIdentifier: 'b', sourceVersion: '7' }],
      }),
      start,
    );
    expect(secondarySources).toMatchObject([
      { identifier: 'a', key: 'a.zip', versionId: undefined },
      { identifier: 'b', key: 'b.zip', versionId: '7' },
    ]);
  });

  test('those of a pipeline take the place of those of the project', () => {
    const pipeline = {
      source: { type: 'S3' as const, bucket: 'store', key: 'k' },
      secondarySources: [],
      secondaryArtifacts: [],
      sourceVersion: 'arn:aws:s3:::store/k',
      job: { id: 'j', pipelineName: 'p', executionId: 'e' },
    };
    const order = createBuildOrder(project({ source: { type: 'CODEPIPELINE', buildspec: 'b.yml' } }), {
      ...start,
      pipeline,
    });
    expect(order).toMatchObject({ ...pipeline, buildspec: { path: 'b.yml' } });
    expect(() => createBuildOrder(project({ source: { type: 'CODEPIPELINE' } }), start)).toThrow(
      expect.objectContaining({ code: 'InvalidInputException' }),
    );
  });
});

test.each<[Partial<CodeBuild.ProjectArtifacts>, string, string?]>([
  [{}, 'shop'],
  [{ path: 'out', name: 'shop.zip', packaging: 'ZIP' }, 'out/shop.zip'],
  [{ path: '/out/', namespaceType: 'BUILD_ID' }, `out/${uuid}/shop`],
  [{ path: 'out', namespaceType: 'BUILD_ID', name: '/' }, `out/${uuid}`],
  [{ name: '.' }, ''],
  [{ name: 'n', overrideArtifactName: true }, 'n', 'n'],
])('the artifact %j is stored at %s', (artifacts, key, name) => {
  const { artifact } = createBuildOrder(
    project({ artifacts: { type: 'S3', location: 'results', ...artifacts } }),
    start,
  );
  expect(artifact).toEqual({
    bucket: 'results',
    key,
    packaging: artifacts.packaging ?? 'NONE',
    ...(name !== undefined && { name }),
  });
});

test('a secondary artifact has its identifier as its name', () => {
  const secondaryArtifacts = [{ type: 'S3' as const, location: 'results', artifactIdentifier: 'docs' }];
  expect(createBuildOrder(project({ secondaryArtifacts }), start).secondaryArtifacts).toEqual([
    { identifier: 'docs', bucket: 'results', key: 'docs', packaging: 'NONE' },
  ]);
});

test('overrides win, and a source of another type has nothing of the one before but the buildspec', () => {
  const declared = project({
    source: { type: 'GITHUB', location: 'https://github.com/ada/shop', buildspec: 'a.yml', auth: { type: 'OAUTH' } },
    timeoutInMinutes: 10,
  });
  const overridden = withOverrides(declared, {
    sourceTypeOverride: 'S3',
    sourceLocationOverride: 'sources/shop.zip',
    imageOverride: 'python:3',
    privilegedModeOverride: true,
    timeoutInMinutesOverride: 20,
    cacheOverride: { type: 'LOCAL' },
  });
  expect(overridden.source).toEqual({ type: 'S3', location: 'sources/shop.zip', buildspec: 'a.yml' });
  expect(createBuildOrder(overridden, start)).toMatchObject({
    source: { type: 'S3', bucket: 'sources', key: 'shop.zip' },
    buildspec: { path: 'a.yml' },
    image: 'python:3',
    isPrivileged: true,
    timeoutMs: 1_200_000,
    cache: { type: 'LOCAL' },
  });
  expect(withOverrides(declared, {})).toEqual(declared);
});
