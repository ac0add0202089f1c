import { CreatePipelineCommand, GetPipelineCommand, PutWebhookCommand } from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/databases/postgres-server.ts';
import { pipelineName, prepareBuckets, registerJenkins, threeStages } from '../support/pipelines/scenario.ts';
import { callRaw, sendRaw } from '../support/requests/signed-request.ts';
import { serve } from '../support/servers/server.ts';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ isDurable: true });
});
afterAll(() => postgres.stop());

/** An unknown key, which only the database can look up. */
const unknownKey = { accessKeyId: 'AKIAIOSFODNN7UNKNOWN', secretAccessKey: 'no secret' };

test('health and calls report a database outage, and recover when it ends', {
  timeout: 30_000,
}, async () => {
  const server = await serve({ databaseUrl: postgres.url });
  const [client, s3] = [server.codePipeline(), server.s3()];
  const health = async () => {
    const { status, body } = await sendRaw(server.url, { method: 'GET', path: '/-/health' });
    return [status, (JSON.parse(body) as { status: string }).status];
  };
  await registerJenkins(client);
  await prepareBuckets(s3);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  const { webhook } = await client.send(
    new PutWebhookCommand({
      webhook: {
        name: 'Hook',
        targetPipeline: pipelineName,
        targetAction: 'Source',
        filters: [{ jsonPath: '$.ref' }],
        authentication: 'UNAUTHENTICATED',
        authenticationConfiguration: {},
      },
    }),
  );
  const event = { path: new URL(webhook?.url ?? '').pathname, body: '{"ref":"a"}' };
  const object = { Bucket: 'my-releases', Key: 'k' };
  await s3.send(new PutObjectCommand({ ...object, Body: 'before' }));
  expect(await health()).toEqual([200, 'ok']);

  await postgres.kill();
  await expect.poll(health, { timeout: 5000 }).toEqual([503, 'no database']);
  const unavailable = { status: 503, body: expect.stringContaining('The database does not answer.') };
  expect(await callRaw(server.url, 'ListPipelines', '{}')).toMatchObject(unavailable);
  expect(await callRaw(server.url, 'ListPipelines', '{}', { keys: unknownKey })).toMatchObject(unavailable);
  expect(await sendRaw(server.url, event)).toMatchObject(unavailable);
  await expect(server.s3(unknownKey).send(new GetObjectCommand(object))).rejects.toMatchObject({
    name: 'ServiceUnavailable',
    $metadata: { httpStatusCode: 503 },
  });
  for (const command of [new GetObjectCommand(object), new PutObjectCommand({ ...object, Body: 'never' })]) {
    await expect(s3.send(command as GetObjectCommand)).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      $metadata: { httpStatusCode: 503 },
    });
  }

  await postgres.start();
  await expect.poll(health, { timeout: 5000 }).toEqual([200, 'ok']);
  const { pipeline } = await client.send(new GetPipelineCommand({ name: pipelineName }));
  expect(pipeline?.stages).toHaveLength(3);
  const { Body } = await s3.send(new GetObjectCommand(object));
  expect(await Body?.transformToString()).toBe('before');
  expect(await sendRaw(server.url, event)).toMatchObject({ status: 200 });
});
