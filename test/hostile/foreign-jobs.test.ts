import { readFile } from 'node:fs/promises';
import {
  AcknowledgeJobCommand,
  CreateCustomActionTypeCommand,
  GetJobDetailsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { pollOne, startStory } from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { type Keys, serve } from '../support/servers/server.ts';

/** The policy of the examples, for another action type than the scenario's. */
async function robotPolicyFor(provider: string): Promise<string> {
  const text = await readFile(new URL('../../examples/policies/poll-one-action-type.json', import.meta.url), 'utf8');
  return text.replaceAll('JenkinsProviderName', provider);
}

test('a worker for one action type cannot read, finish or write to jobs of another', async () => {
  const { url, codePipeline, s3 } = await serve();
  const client = codePipeline();
  await startStory(client, s3());
  await client.send(
    new CreateCustomActionTypeCommand({
      category: 'Test',
      provider: 'Other',
      version: '1',
      inputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
    }),
  );
  const { id: jobId, nonce } = await pollOne(client);
  const keyFor = async (provider: string) =>
    (await callOwn<Keys>(url, 'CreateAccessKey', { name: 'robot', policies: [await robotPolicyFor(provider)] })).answer;
  const [other, own] = [await keyFor('Other'), await keyFor('JenkinsProviderName')];

  const failureDetails = { type: 'JobFailed', message: 'by somebody else' } as const;
  const denied = {
    name: 'AccessDeniedException',
    message: expect.stringMatching(/actionType:Custom\/Test\/JenkinsProviderName\/1 because no identity-based policy/),
  };
  const robot = codePipeline(other);
  await expect(robot.send(new GetJobDetailsCommand({ jobId }))).rejects.toMatchObject(denied);
  await expect(robot.send(new AcknowledgeJobCommand({ jobId, nonce }))).rejects.toMatchObject(denied);
  await expect(robot.send(new PutJobSuccessResultCommand({ jobId }))).rejects.toMatchObject(denied);
  await expect(robot.send(new PutJobFailureResultCommand({ jobId, failureDetails }))).rejects.toMatchObject(denied);
  expect(await callOwn(url, 'PutJobLog', { jobId, text: 'x' }, other)).toMatchObject({
    status: 400,
    answer: { __type: 'AccessDeniedException' },
  });
  const unknown = { jobId: '00000000-0000-4000-8000-000000000000' };
  await expect(robot.send(new PutJobSuccessResultCommand(unknown))).rejects.toMatchObject({
    name: 'JobNotFoundException',
  });

  const worker = codePipeline(own);
  expect((await worker.send(new AcknowledgeJobCommand({ jobId, nonce }))).status).toBe('InProgress');
  expect(await callOwn(url, 'PutJobLog', { jobId, text: 'x' }, own)).toMatchObject({ status: 200 });
  await worker.send(new PutJobSuccessResultCommand({ jobId }));
});
