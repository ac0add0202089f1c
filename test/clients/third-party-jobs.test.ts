import {
  AcknowledgeThirdPartyJobCommand,
  type ActionTypeId,
  GetThirdPartyJobDetailsCommand,
  PollForThirdPartyJobsCommand,
  PutThirdPartyJobFailureResultCommand,
  PutThirdPartyJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { jenkinsType, pollOne, startStory } from '../support/scenario.ts';
import { serve } from '../support/server.ts';

const gitHub: ActionTypeId = { category: 'Source', owner: 'ThirdParty', provider: 'GitHub', version: '1' };

test('PollForThirdPartyJobs: a known type of a partner has no jobs; others are refused (behaviour A.9)', async () => {
  const client = (await serve()).codePipeline();
  const poll = (actionTypeId: ActionTypeId) => client.send(new PollForThirdPartyJobsCommand({ actionTypeId }));
  expect((await poll(gitHub)).jobs).toEqual([]);
  await expect(poll({ ...gitHub, provider: 'Nobody' })).rejects.toMatchObject({
    name: 'ActionTypeNotFoundException',
    message: expect.stringContaining("Provider: 'Nobody', Version: '1') is not available"),
  });
  for (const owner of ['AWS', 'Custom'] as const) {
    await expect(poll({ ...gitHub, owner })).rejects.toMatchObject({
      name: 'ValidationException',
      message: `ActionType with owner '${owner}' is not supported`,
    });
  }
});

test('the other four know no job: neither a made-up id nor that of a custom action', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const { id, nonce, data } = await pollOne(client);
  expect(data.actionTypeId).toEqual(jenkinsType);
  const clientToken = 'token';
  for (const jobId of [id, 'free text, 512 characters of it']) {
    for (const answer of [
      client.send(new AcknowledgeThirdPartyJobCommand({ jobId, nonce, clientToken })),
      client.send(new GetThirdPartyJobDetailsCommand({ jobId, clientToken })),
      client.send(new PutThirdPartyJobSuccessResultCommand({ jobId, clientToken })),
      client.send(
        new PutThirdPartyJobFailureResultCommand({
          jobId,
          clientToken,
          failureDetails: { type: 'JobFailed', message: 'no' },
        }),
      ),
    ])
      await expect(answer).rejects.toMatchObject({
        name: 'JobNotFoundException',
        message: `Job with id '${jobId}' does not exist`,
      });
  }
});
