import {
  type CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  DeleteCustomActionTypeCommand,
  DeletePipelineCommand,
  DeleteWebhookCommand,
  GetPipelineCommand,
  ListActionTypesCommand,
  ListTagsForResourceCommand,
  ListWebhooksCommand,
  type PipelineDeclaration,
  PutWebhookCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePipelineCommand,
  type WebhookDefinition,
} from '@aws-sdk/client-codepipeline';
import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { prepareBuckets, registerJenkins, threeStages } from '../../support/pipelines/scenario.ts';
import { account, region, serve } from '../../support/servers/server.ts';

/** The calls of Terraform's AWS provider for each resource, in its order: it reads back what it sent. */

async function start() {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  return client;
}

const asTags = (tags: Record<string, string>) => Object.entries(tags).map(([key, value]) => ({ key, value }));

async function readTags(client: CodePipelineClient, resourceArn: string) {
  const { tags = [] } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

/** Untags before tagging, both before the update call. */
async function changeTags(
  client: CodePipelineClient,
  resourceArn: string,
  gone: string[],
  put: Record<string, string>,
) {
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: gone }));
  await client.send(new TagResourceCommand({ resourceArn, tags: asTags(put) }));
}

test('aws_codepipeline', async () => {
  const client = await start();
  const read = async () => {
    const { pipeline, metadata } = await client.send(new GetPipelineCommand({ name: 'tf' }));
    const { version: _, ...declared } = pipeline as PipelineDeclaration;
    return { declared, tags: await readTags(client, metadata?.pipelineArn ?? '') };
  };
  const declare = (secret: string, projectName: string): PipelineDeclaration => ({
    name: 'tf',
    roleArn: `arn:aws:iam::${account}:role/tf`,
    pipelineType: 'V2',
    executionMode: 'SUPERSEDED',
    artifactStore: { type: 'S3', location: 'my-artifacts', encryptionKey: { id: '1234', type: 'KMS' } },
    variables: [{ name: 'Target', defaultValue: 'test', description: 'where to' }],
    stages: threeStages().stages.map((stage) => ({
      ...stage,
      actions: stage.actions.map((action) => ({
        inputArtifacts: [],
        outputArtifacts: [],
        ...action,
        runOrder: 1,
        ...(stage.name === 'Testing' && {
          configuration: { ProjectName: projectName, Token: secret, Note: '#{variables.Target}' },
          namespace: 'Tests',
        }),
      })),
    })),
  });
  const shown = (projectName: string) => declare('****', projectName);
  await client.send(
    new CreatePipelineCommand({ pipeline: declare('s3cret', 'One'), tags: asTags({ a: '1', b: '2' }) }),
  );
  expect(await read()).toEqual({ declared: shown('One'), tags: { a: '1', b: '2' } });
  await changeTags(client, `arn:aws:codepipeline:${region}:${account}:tf`, ['a'], { b: '3', c: '4' });
  expect(await read()).toEqual({ declared: shown('One'), tags: { b: '3', c: '4' } });
  await client.send(new UpdatePipelineCommand({ pipeline: declare('s3cret', 'Two') }));
  expect(await read()).toEqual({ declared: shown('Two'), tags: { b: '3', c: '4' } });
  // An import reads it twice and sends it back unchanged.
  const { declared } = await read();
  await client.send(new UpdatePipelineCommand({ pipeline: declared }));
  expect((await read()).declared).toEqual(declared);
  await client.send(new DeletePipelineCommand({ name: 'tf' }));
  await expect(read()).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await client.send(new DeletePipelineCommand({ name: 'tf' }));
});

test('aws_codepipeline with artifact stores by region and an action of the home region', async () => {
  const client = await start();
  const { artifactStore, ...members } = threeStages();
  const stages = members.stages.map((stage) => ({
    ...stage,
    actions: stage.actions.map((action) => ({
      inputArtifacts: [],
      outputArtifacts: [],
      ...action,
      region,
      runOrder: 1,
    })),
  }));
  const pipeline = {
    ...members,
    stages,
    artifactStores: { [region]: artifactStore, 'eu-west-1': { ...artifactStore, location: 'eu-artifacts' } },
    pipelineType: 'V1' as const,
    executionMode: 'SUPERSEDED' as const,
  };
  await client.send(new CreatePipelineCommand({ pipeline }));
  const read = async () => (await client.send(new GetPipelineCommand({ name: pipeline.name }))).pipeline;
  expect(await read()).toEqual({ ...pipeline, version: 1 });
  // Converted to one region and back.
  const { artifactStores: _, ...single } = pipeline;
  await client.send(new UpdatePipelineCommand({ pipeline: { ...single, artifactStore } }));
  expect(await read()).toEqual({ ...single, artifactStore, version: 2 });
  await client.send(new UpdatePipelineCommand({ pipeline }));
  expect(await read()).toEqual({ ...pipeline, version: 3 });
});

test('aws_codepipeline_custom_action_type', async () => {
  const client = await start();
  const id = { category: 'Build', provider: 'tf', version: '1' } as const;
  const definition = {
    configurationProperties: [
      {
        name: 'Lane',
        required: true,
        key: true,
        secret: false,
        queryable: true,
        description: 'which',
        type: 'String' as const,
      },
      { name: 'Key', required: false, key: false, secret: true },
    ],
    inputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
    outputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
    settings: {
      entityUrlTemplate: 'https://tf.example/{Config:Lane}',
      executionUrlTemplate: 'https://tf.example/{ExternalExecutionId}',
      revisionUrlTemplate: 'https://tf.example/r',
      thirdPartyConfigurationUrl: 'https://tf.example/c',
    },
  };
  const arn = `arn:aws:codepipeline:${region}:${account}:actiontype:Custom/Build/tf/1`;
  const find = async () => {
    const { actionTypes = [] } = await client.send(new ListActionTypesCommand({ actionOwnerFilter: 'Custom' }));
    return actionTypes.find((type) => type.id?.provider === 'tf');
  };
  await client.send(new CreateCustomActionTypeCommand({ ...id, ...definition, tags: asTags({ a: '1' }) }));
  const { configurationProperties, ...rest } = definition;
  expect(await find()).toEqual({
    id: { ...id, owner: 'Custom' },
    actionConfigurationProperties: configurationProperties,
    ...rest,
  });
  expect(await readTags(client, arn)).toEqual({ a: '1' });
  await changeTags(client, arn, ['a'], { b: '2' });
  expect(await readTags(client, arn)).toEqual({ b: '2' });
  await client.send(new DeleteCustomActionTypeCommand(id));
  expect(await find()).toBeUndefined();
  await client.send(new DeleteCustomActionTypeCommand(id));
});

test('aws_codepipeline_webhook', async () => {
  const client = await start();
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  const webhook: WebhookDefinition = {
    name: 'tf-hook',
    targetPipeline: threeStages().name,
    targetAction: 'Source',
    authentication: 'UNAUTHENTICATED',
    authenticationConfiguration: {},
    filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{Branch}' }],
  };
  const created = await client.send(new PutWebhookCommand({ webhook, tags: asTags({ a: '1' }) }));
  const { arn = '', url } = created.webhook ?? {};
  expect(arn).toBe(`arn:aws:codepipeline:${region}:${account}:webhook:tf-hook`);
  const find = async () =>
    (await client.send(new ListWebhooksCommand({}))).webhooks?.find((listed) => listed.arn === arn);
  expect(await find()).toEqual({ arn, url, definition: webhook, tags: asTags({ a: '1' }) });
  await changeTags(client, arn, ['a'], { b: '2' });
  const filters = [{ jsonPath: '$.action', matchEquals: 'closed' }];
  await client.send(new PutWebhookCommand({ webhook: { ...webhook, filters } }));
  expect(await find()).toEqual({ arn, url, definition: { ...webhook, filters }, tags: asTags({ b: '2' }) });
  // Terraform replaces a webhook with another secret: deletes it, then creates it.
  await client.send(new DeleteWebhookCommand({ name: webhook.name }));
  expect(await find()).toBeUndefined();
  const secret = {
    authentication: 'GITHUB_HMAC' as const,
    authenticationConfiguration: { SecretToken: 'super-secret' },
  };
  await client.send(new PutWebhookCommand({ webhook: { ...webhook, ...secret } }));
  const recreated = await find();
  expect(recreated?.definition).toEqual({ ...webhook, ...secret });
  expect(recreated?.url).not.toBe(url);
  await client.send(new DeleteWebhookCommand({ name: webhook.name }));
  await client.send(new DeleteWebhookCommand({ name: webhook.name }));
});

test('aws_s3_bucket with the resources that pipeline modules add', async () => {
  const s3 = (await serve()).s3();
  const Bucket = 'tf-artifacts';
  const there = { Bucket };
  await s3.send(new CreateBucketCommand({ ...there, ObjectOwnership: 'BucketOwnerPreferred' }));
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' as const }] };
  await s3.send(new PutBucketOwnershipControlsCommand({ ...there, OwnershipControls }));
  await s3.send(new PutBucketAclCommand({ ...there, ACL: 'private' }));
  await s3.send(new PutBucketVersioningCommand({ ...there, VersioningConfiguration: { Status: 'Enabled' } }));
  const block = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
  await s3.send(new PutPublicAccessBlockCommand({ ...there, PublicAccessBlockConfiguration: block }));
  const Rules = [
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: 'k' },
      BucketKeyEnabled: true,
    },
  ];
  await s3.send(new PutBucketEncryptionCommand({ ...there, ServerSideEncryptionConfiguration: { Rules } }));
  const lifecycle = [{ ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 30 } }];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ ...there, LifecycleConfiguration: { Rules: lifecycle } }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ ...there, NotificationConfiguration }));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'DenyUnEncryptedObjectUploads',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
        Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
      },
    ],
  });
  await s3.send(new PutBucketPolicyCommand({ ...there, Policy }));
  // A plan that finds everything unchanged does nothing.
  expect((await s3.send(new GetBucketOwnershipControlsCommand(there))).OwnershipControls).toEqual(OwnershipControls);
  expect((await s3.send(new GetBucketAclCommand(there))).Grants).toHaveLength(1);
  expect((await s3.send(new GetBucketVersioningCommand(there))).Status).toBe('Enabled');
  expect((await s3.send(new GetPublicAccessBlockCommand(there))).PublicAccessBlockConfiguration).toEqual(block);
  const encryption = await s3.send(new GetBucketEncryptionCommand(there));
  expect(encryption.ServerSideEncryptionConfiguration).toEqual({ Rules });
  const kept = await s3.send(new GetBucketLifecycleConfigurationCommand(there));
  expect(kept).toMatchObject({ Rules: lifecycle, TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' });
  const notification = await s3.send(new GetBucketNotificationConfigurationCommand(there));
  expect(notification).toMatchObject(NotificationConfiguration);
  expect((await s3.send(new GetBucketPolicyCommand(there))).Policy).toBe(Policy);
});
