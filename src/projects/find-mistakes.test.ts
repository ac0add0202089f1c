import { expect, test } from 'vitest';
import type { CodeBuild } from '../contract/generated.ts';
import { findProjectMistakes } from './find-mistakes.ts';
import { findShapeMistakes } from './find-shape-mistakes.ts';
import { withDefaults } from './project.ts';

type Declared = Partial<CodeBuild.CreateProjectInput>;

const mistakesOf = (declared: Declared) =>
  findProjectMistakes(withDefaults('shop', { ...declared }, '123456789012')).map(({ message }) => message);
const environment = (members: object) =>
  ({ environment: members }) as unknown as Pick<CodeBuild.CreateProjectInput, 'environment'>;
const source = (members: Partial<CodeBuild.ProjectSource>) => ({ source: members as CodeBuild.ProjectSource });

test.each<[string, Declared]>([
  ['nothing', {}],
  ['a pipeline', source({ type: 'CODEPIPELINE', buildspec: 'b.yml' })],
  ['an object', source({ type: 'S3', location: 'sources/shop.zip' })],
  ['a role by its name', { serviceRole: 'builder' }],
  ['tags', { tags: [{ key: 'a', value: '1' }] }],
])('%s is fine', (_, declared) => expect(mistakesOf(declared)).toEqual([]));

test.each<[string, Declared]>([
  [
    'Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE',
    {
      ...source({ type: 'CODEPIPELINE' }),
      artifacts: { type: 'NO_ARTIFACTS' },
    },
  ],
  [
    'Invalid artifacts: artifact type NO_ARTIFACTS should have null output name',
    {
      ...source({ type: 'S3', location: 'sources/a.zip' }),
      artifacts: { type: 'NO_ARTIFACTS', name: 'n' },
    },
  ],
  [
    'Invalid artifacts: artifact type S3 should have the name of a bucket',
    {
      ...source({ type: 'S3', location: 'sources/a.zip' }),
      artifacts: { type: 'S3', location: 'a/b' },
    },
  ],
  [
    'Invalid input: sourceType CODEPIPELINE is not allowed for secondarySources',
    {
      secondarySources: [{ type: 'CODEPIPELINE', sourceIdentifier: 'a' }],
    },
  ],
  [
    'Invalid input: artifactType CODEPIPELINE is not allowed for secondaryArtifacts',
    {
      secondaryArtifacts: [{ type: 'CODEPIPELINE', artifactIdentifier: 'a' }],
    },
  ],
  [
    'Invalid input: artifactIdentifier must contain only alphanumeric',
    {
      secondaryArtifacts: [{ type: 'S3', location: 'results' }],
    },
  ],
  [
    'Invalid input: the sourceIdentifier a is used twice',
    {
      secondarySources: ['a', 'a'].map((sourceIdentifier) => ({
        type: 'S3',
        location: 'sources/a.zip',
        sourceIdentifier,
      })),
    },
  ],
  [
    'no secondary source has the sourceIdentifier b',
    {
      secondarySourceVersions: [{ sourceIdentifier: 'b', sourceVersion: '1' }],
    },
  ],
  ['source type S3 should have a location', source({ type: 'S3' })],
  ['folders are not supported', source({ type: 'S3', location: 'sources/folder/' })],
  ['git-codecommit.REGION', source({ type: 'CODECOMMIT', location: 'shop' })],
  ['NO_SOURCE should have no location', source({ type: 'NO_SOURCE', location: 'x', buildspec: 'a\n' })],
  ['NO_SOURCE needs a buildspec', source({ type: 'NO_SOURCE', buildspec: 'a.yml' })],
  ['is not the ARN of an S3 object', source({ type: 'CODEPIPELINE', buildspec: 'arn:aws:s3:::specs' })],
  [
    'auth type CODECONNECTIONS should have',
    source({
      type: 'GITHUB',
      location: 'https://github.com/a/b',
      auth: { type: 'CODECONNECTIONS' },
    }),
  ],
  ['Invalid cache: location must be a valid S3 bucket', { cache: { type: 'S3' } }],
  ['Invalid service role', { serviceRole: 'arn:aws:s3:::x' }],
  ['Invalid tags: the key a is used twice', { tags: [{ key: 'a' }, { key: 'a' }] }],
  ['characters with its buildspec and variables', source({ type: 'CODEPIPELINE', buildspec: 'a\n'.repeat(40_000) })],
  ['none may begin with aws:', { tags: [{ key: 'aws:a' }] }],
  ['it must be greater than zero', { concurrentBuildLimit: 0 }],
  ['CODEBUILD_, which is reserved', environment({ environmentVariables: [{ name: 'CODEBUILD_X', value: '' }] })],
  [
    'there are 201, expected at most 200',
    environment({ environmentVariables: Array.from({ length: 201 }, () => ({ name: 'A', value: '' })) }),
  ],
  ['Build badges are not supported for CodePipeline source', { badgeEnabled: true }],
  ['autoRetryLimit must be 0', { autoRetryLimit: 1 }],
  ['File systems are not supported', { fileSystemLocations: [{ type: 'EFS' }] }],
  ['WINDOWS_SERVER_2022_CONTAINER is not supported', environment({ type: 'WINDOWS_SERVER_2022_CONTAINER' })],
  ['Logs in S3 are not supported', { logsConfig: { s3Logs: { status: 'ENABLED', location: 'logs' } } }],
])('refused: %s', (message, declared) => {
  expect(mistakesOf(declared)).toEqual([expect.stringContaining(message)]);
});

test.each<[string, string, Record<string, unknown>]>([
  ['environment', "environment has no member 'images'. It has", { environment: { images: 'a' } }],
  [
    'environment',
    'put texts that look like numbers in quotes',
    {
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'a',
        computeType: 'BUILD_GENERAL1_SMALL',
        environmentVariables: [{ name: 'V', value: 3.1 }],
      },
    },
  ],
  ['timeoutInMinutes', 'Member must have value less than or equal to 2160', { timeoutInMinutes: 5000 }],
  [
    'source',
    "at 'source.type' failed to satisfy constraint: Member must satisfy enum value set",
    { source: { type: 'GIT' } },
  ],
])('the form of %s: %s', (member, message, declared) => {
  expect(findShapeMistakes(declared)).toEqual([{ member, message: expect.stringContaining(message) }]);
});
