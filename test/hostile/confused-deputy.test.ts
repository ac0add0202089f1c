import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CodePipelineClient,
  CreatePipelineCommand,
  ListActionExecutionsCommand,
  type PipelineDeclaration,
} from '@aws-sdk/client-codepipeline';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/machine/temporary-folder.ts';
import { account, serve } from '../support/servers/server.ts';

const roleArn = `arn:aws:iam::${account}:role/author`;
const s3Type = (category: 'Source' | 'Deploy') => ({ category, owner: 'AWS', provider: 'S3', version: '1' }) as const;

const artifactsOnly = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::artifacts', 'arn:aws:s3:::artifacts/*'] }],
};

/** Starts a server with these roles: names and further statements of their policies. */
async function serveRoles(roles: Record<string, object[]>, strictRoles: 'on' | 'off' = 'off') {
  const file = join(await temporaryFolder(), 'roles.json');
  const declared = Object.entries(roles).map(([name, more]) => ({
    name,
    policies: [{ ...artifactsOnly, Statement: [...artifactsOnly.Statement, ...more] }],
  }));
  await writeFile(file, JSON.stringify(declared));
  const server = await serve({ roles: file, strictRoles });
  const [client, s3] = [server.codePipeline(), server.s3()];
  for (const Bucket of ['artifacts', 'secret', 'site']) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'app.zip', Body: `app of ${Bucket}` }));
  }
  return { client, s3 };
}

/** Creates a pipeline that copies `from` to the key `deployed` of `to`. */
function copying(from: string, to: string, roles: { pipeline?: string; deploy?: string } = {}): PipelineDeclaration {
  return {
    name: 'Copying',
    roleArn: roles.pipeline ?? roleArn,
    artifactStore: { type: 'S3', location: 'artifacts' },
    stages: [
      {
        name: 'Source',
        actions: [
          {
            name: 'Read',
            actionTypeId: s3Type('Source'),
            configuration: { S3Bucket: from, S3ObjectKey: 'app.zip', PollForSourceChanges: 'false' },
            outputArtifacts: [{ name: 'App' }],
          },
        ],
      },
      {
        name: 'Deploy',
        actions: [
          {
            name: 'Write',
            actionTypeId: s3Type('Deploy'),
            configuration: { BucketName: to, Extract: 'false', ObjectKey: 'deployed' },
            inputArtifacts: [{ name: 'App' }],
            ...(roles.deploy === undefined ? {} : { roleArn: roles.deploy }),
          },
        ],
      },
    ],
  };
}

/** Returns how the actions of the pipeline's only execution ended, once none is running. */
async function endOf(client: CodePipelineClient) {
  const read = async () => {
    const { actionExecutionDetails = [] } = await client.send(
      new ListActionExecutionsCommand({ pipelineName: 'Copying' }),
    );
    return actionExecutionDetails.map(({ actionName, status, output }) => ({
      actionName,
      status,
      error: output?.executionResult?.errorDetails,
    }));
  };
  const isOver = (status?: string) => status === 'Failed';
  await expect
    .poll(async () => {
      const details = await read();
      const deploy = details.find(({ actionName }) => actionName === 'Write');
      return deploy?.status === 'Succeeded' || details.some(({ status }) => isOver(status));
    })
    .toBe(true);
  return Object.fromEntries((await read()).map(({ actionName, ...end }) => [actionName, end]));
}

async function contentOf(s3: S3Client, Bucket: string, Key: string): Promise<string | undefined> {
  const found = await s3.send(new GetObjectCommand({ Bucket, Key })).catch(() => undefined);
  return found?.Body?.transformToString();
}

const allow = (action: string[], resource: string) => ({ Effect: 'Allow', Action: action, Resource: resource });

test('an S3 source cannot read what its declared role may not read', async () => {
  const { client } = await serveRoles({ author: [allow(['s3:GetBucketVersioning'], 'arn:aws:s3:::secret')] });
  await client.send(new CreatePipelineCommand({ pipeline: copying('secret', 'artifacts') }));
  const { Read } = await endOf(client);
  expect(Read).toMatchObject({ status: 'Failed', error: { code: 'PermissionError' } });
  expect(Read?.error?.message).toContain(
    `Role: ${roleArn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::secret/app.zip" because no identity-based policy allows the s3:GetObject action`,
  );
});

test('a bucket that a role may not access looks like one that does not exist', async () => {
  const { client } = await serveRoles({ author: [] });
  await client.send(new CreatePipelineCommand({ pipeline: copying('nowhere', 'artifacts') }));
  const { Read } = await endOf(client);
  expect(Read?.error?.code).toBe('PermissionError');
  expect(Read?.error?.message).toContain('s3:GetBucketVersioning on resource: "arn:aws:s3:::nowhere"');
});

test("an S3 deploy cannot write what its action's declared role may not write, even if the pipeline's may", async () => {
  const everything = [allow(['s3:*'], '*')];
  const { client, s3 } = await serveRoles({ author: everything, weak: [allow(['s3:GetObject'], '*')] });
  const weak = `arn:aws:iam::${account}:role/weak`;
  await client.send(new CreatePipelineCommand({ pipeline: copying('secret', 'site', { deploy: weak }) }));
  const { Read, Write } = await endOf(client);
  expect(Read?.status).toBe('Succeeded');
  expect(Write).toMatchObject({ status: 'Failed', error: { code: 'PermissionError' } });
  expect(Write?.error?.message).toContain(
    `Role: ${weak} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::site/deployed"`,
  );
  expect(await contentOf(s3, 'site', 'deployed')).toBeUndefined();
});

test('a role with exactly the required rights copies from a source to a target', async () => {
  const { client, s3 } = await serveRoles({
    author: [
      allow(['s3:GetBucketVersioning'], 'arn:aws:s3:::secret'),
      allow(['s3:GetObject', 's3:GetObjectVersion'], 'arn:aws:s3:::secret/app.zip'),
      allow(['s3:PutObject'], 'arn:aws:s3:::site/deployed'),
    ],
  });
  await client.send(new CreatePipelineCommand({ pipeline: copying('secret', 'site') }));
  expect(await endOf(client)).toMatchObject({ Write: { status: 'Succeeded' } });
  expect(await contentOf(s3, 'site', 'deployed')).toBe('app of secret');
});

test('an explicit deny of the role applies to providers too', async () => {
  const { client } = await serveRoles({
    author: [allow(['s3:*'], '*'), { Effect: 'Deny', Action: 's3:PutObject', Resource: 'arn:aws:s3:::site/*' }],
  });
  await client.send(new CreatePipelineCommand({ pipeline: copying('secret', 'site') }));
  const { Write } = await endOf(client);
  expect(Write?.error?.message).toContain('with an explicit deny in an identity-based policy');
});
