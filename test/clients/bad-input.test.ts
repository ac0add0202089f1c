import { CreatePipelineCommand, GetPipelineCommand, ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { jenkinsType, prepareBuckets, registerJenkins, threeStages } from '../support/pipelines/scenario.ts';
import { callRaw, sendRaw } from '../support/requests/signed-request.ts';
import { account, rootKey, serve } from '../support/servers/server.ts';

test('rejects a wrong secret, an unknown key, a missing signature and a changed body like AWS (wire 5)', async () => {
  const { url } = await serve();
  const wrongSecret = { ...rootKey, secretAccessKey: 'wrong' };
  const unknownKey = { ...rootKey, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' };
  const answers = [
    [await callRaw(url, 'ListPipelines', '{}', { keys: wrongSecret }), 'InvalidSignatureException'],
    [await callRaw(url, 'ListPipelines', '{}', { keys: unknownKey }), 'UnrecognizedClientException'],
    [await callRaw(url, 'ListPipelines', '{}', { change: () => '{ }' }), 'InvalidSignatureException'],
    [await callRaw(url, 'ListPipelines', '{}', { at: Date.now() - 16 * 60_000 }), 'InvalidSignatureException'],
  ] as const;
  for (const [answer, code] of answers) {
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: code, message: expect.any(String) });
  }
  const unsigned = await sendRaw(url, {
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'CodePipeline_20150709.ListPipelines' },
    body: '{}',
  });
  expect([unsigned.status, unsigned.body]).toEqual([
    400,
    '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}',
  ]);
});

test('a body that is not a JSON object is a SerializationException (wire 4)', async () => {
  const { url } = await serve();
  for (const body of ['', '{', 'null', '"x"', '{"name":}', '\u0000']) {
    const answer = await callRaw(url, 'GetPipeline', body);
    expect([answer.status, answer.body]).toEqual([400, '{"__type":"SerializationException"}']);
  }
  const list = await callRaw(url, 'GetPipeline', '[]');
  expect(JSON.parse(list.body)).toEqual({
    __type: 'SerializationException',
    Message: 'Start of list found where not expected',
  });
});

test('rejects a body of 10 MB, and serves the next call', async () => {
  const { url } = await serve();
  const answer = await callRaw(url, 'GetPipeline', Buffer.alloc(10 * 1024 * 1024, 'x'));
  expect(answer.status).toBe(413);
  expect(JSON.parse(answer.body)).toMatchObject({ __type: 'RequestEntityTooLargeException' });
  expect((await callRaw(url, 'ListPipelines', '{}')).status).toBe(200);
});

test('an unknown operation, a foreign prefix and a wrong content type are UnknownOperationException', async () => {
  const { url } = await serve();
  const answers = [
    await callRaw(url, 'NoSuchOperation', '{}'),
    await callRaw(url, 'pollforjobs', '{}'),
    await callRaw(url, 'constructor', '{}'),
    await callRaw(url, 'ListPipelines', '{}', { headers: { 'X-Amz-Target': 'DynamoDB_20120810.ListTables' } }),
    await callRaw(url, 'ListPipelines', '{}', { headers: { 'Content-Type': 'application/x-amz-json-1.0' } }),
  ];
  for (const answer of answers) {
    expect([answer.status, answer.body]).toEqual([400, '{"__type":"UnknownOperationException"}']);
  }
  const parametered = { 'Content-Type': 'application/x-amz-json-1.1; charset=utf-8' };
  expect((await callRaw(url, 'ListPipelines', '{}', { headers: parametered })).status).toBe(200);
});

test('reports constraints with AWS’s texts (wire 6)', async () => {
  const { url } = await serve();
  const answer = await callRaw(url, 'GetPipeline', JSON.stringify({ name: 'x'.repeat(101) }));
  expect(JSON.parse(answer.body)).toEqual({
    __type: 'ValidationException',
    message:
      "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 100",
  });
});

test('rejects structure mistakes with AWS’s texts and stores nothing (operations 4)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const good = threeStages();
  const [source, testing, release] = good.stages;
  const cases: [stages: typeof good.stages, code: string, text: string][] = [
    [good.stages.slice(0, 1), 'InvalidStructureException', 'Pipeline has only 1 stage(s)'],
    [good.stages.slice(1), 'InvalidStructureException', 'Pipeline should start with a stage that only contains source'],
    [
      [...good.stages, ...good.stages.slice(1, 2)],
      'InvalidStageDeclarationException',
      "Stage name 'Testing' is used more",
    ],
    [
      [source, { ...testing, actions: [{ ...testing?.actions[0], configuration: {} }] }, release] as typeof good.stages,
      'InvalidActionDeclarationException',
      "Action configuration for action 'JenkinsTestAction' is missing required configuration 'ProjectName'",
    ],
    [
      [source, release] as typeof good.stages,
      'InvalidActionDeclarationException',
      "takes the input artifact 'TestReport', which no earlier action produces",
    ],
  ];
  for (const [stages, name, text] of cases) {
    await expect(client.send(new CreatePipelineCommand({ pipeline: { ...good, stages } }))).rejects.toMatchObject({
      name,
      message: expect.stringContaining(text),
    });
  }
  expect((await client.send(new ListPipelinesCommand({}))).pipelines).toEqual([]);
  await client.send(new CreatePipelineCommand({ pipeline: good }));
  await expect(client.send(new CreatePipelineCommand({ pipeline: good }))).rejects.toMatchObject({
    name: 'PipelineNameInUseException',
    message: `A pipeline with the name '${good.name}' already exists in account '${account}'`,
  });
});

test('the error for an unregistered action type names it and its region as AWS does', async () => {
  const server = await serve();
  await expect(
    server.codePipeline().send(new CreatePipelineCommand({ pipeline: threeStages() })),
  ).rejects.toMatchObject({
    name: 'InvalidActionDeclarationException',
    message: `ActionType (Category: 'Test', Provider: '${jenkinsType.provider}', Owner: 'Custom', Version: '1') in action 'JenkinsTestAction' is not available in region 'US_EAST_1'`,
  });
});

test('a missing pipeline is PipelineNotFoundException with GetPipeline’s text', async () => {
  const server = await serve();
  await expect(server.codePipeline().send(new GetPipelineCommand({ name: 'fake-pipeline' }))).rejects.toMatchObject({
    name: 'PipelineNotFoundException',
    message: `Account '${account}' does not have a pipeline with name 'fake-pipeline'`,
  });
});
