import { type ActionDeclaration, CreatePipelineCommand, GetPipelineStateCommand } from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { sourceAction } from '../../support/pipelines/scenario.ts';
import { account, serve } from '../../support/servers/server.ts';

/** Runs a pipeline that deploys its source to `my-releases`, and returns the first error of an action. */
async function failureOf(configuration: Record<string, string>, { artifacts = 'my-artifacts' } = {}) {
  const server = await serve();
  const client = server.codePipeline();
  const s3 = server.s3();
  for (const Bucket of ['my-source', 'my-artifacts', 'my-releases']) await s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: 'my-source', VersioningConfiguration }));
  await s3.send(new PutObjectCommand({ Bucket: 'my-source', Key: 'app.zip', Body: 'not even a zip' }));
  const publish: ActionDeclaration = {
    name: 'Publish',
    actionTypeId: { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' },
    configuration: { BucketName: 'my-releases', Extract: 'false', ObjectKey: 'app.zip', ...configuration },
    inputArtifacts: [{ name: 'MyAppBuild' }],
  };
  const pipeline = {
    name: 'failing',
    roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
    artifactStore: { type: 'S3' as const, location: artifacts },
    stages: [
      { name: 'Source', actions: [sourceAction] },
      { name: 'Release', actions: [publish] },
    ],
  };
  await client.send(new CreatePipelineCommand({ pipeline }));
  return vi.waitFor(
    async () => {
      const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: 'failing' }));
      const errors = stageStates.flatMap(({ actionStates = [] }) =>
        actionStates.flatMap(({ latestExecution }) => latestExecution?.errorDetails ?? []),
      );
      expect(errors).toHaveLength(1);
      return errors[0];
    },
    { timeout: 10_000, interval: 20 },
  );
}

test('rejects an unknown canned ACL with AWS’s text', async () => {
  expect(await failureOf({ CannedACL: 'PublicRead' })).toEqual({
    code: 'ConfigurationError',
    message: expect.stringMatching(/^Invalid canned ACL: PublicRead\. For a list of valid options, see /),
  });
});

test('a canned ACL that the bucket does not allow is a ConfigurationError that names CannedACL', async () => {
  expect(await failureOf({ CannedACL: 'public-read' })).toEqual({
    code: 'ConfigurationError',
    message: expect.stringMatching(/^The bucket my-releases refuses the CannedACL public-read: /),
  });
});

test('a missing artifact bucket is named as the artifact bucket, not as the source', async () => {
  expect(await failureOf({}, { artifacts: 'no-such-artifacts' })).toEqual({
    code: 'ConfigurationError',
    message: expect.stringMatching(/^The artifact bucket no-such-artifacts does not exist\./),
  });
});
