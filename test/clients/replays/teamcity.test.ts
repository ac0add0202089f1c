import {
  AcknowledgeJobCommand,
  CreateCustomActionTypeCommand,
  GetJobDetailsCommand,
  ListActionTypesCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  placeOf,
  pollOne,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { type Keys, serve } from '../../support/servers/server.ts';

const teamCityType = { category: 'Build', owner: 'Custom', provider: 'TeamCity', version: '1' } as const;
const action = { ...testAction, actionTypeId: teamCityType, configuration: { ActionID: 'action-7' } };
const pollOwn = { actionTypeId: teamCityType, queryParam: { ActionID: 'action-7' } };

async function serveBuild() {
  const server = await serve();
  const client = server.codePipeline();
  await client.send(
    new CreateCustomActionTypeCommand({
      ...{ category: 'Build', provider: 'TeamCity', version: '1' },
      configurationProperties: [{ name: 'ActionID', required: true, key: true, secret: false, queryable: true }],
      inputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
    }),
  );
  const executionId = await startStory(client, server.s3(), threeStages(action));
  return { server, client, executionId };
}

test('a build of the TeamCity plugin: its type, its jobs by ActionID, details before each transfer', async () => {
  const { server, client, executionId } = await serveBuild();
  // It reads only one page.
  const { actionTypes } = await client.send(new ListActionTypesCommand({ actionOwnerFilter: 'Custom' }));
  expect(actionTypes?.map(({ id }) => id)).toContainEqual(teamCityType);
  const job = await pollOne(client, pollOwn);
  const other = { ...pollOwn, queryParam: { ActionID: 'action-8' } };
  expect((await client.send(new PollForJobsCommand(other))).jobs).toEqual([]);
  const acknowledged = await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  expect(acknowledged).toMatchObject({ status: 'InProgress' });

  const readDetails = async () => {
    const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
    return { data: jobDetails?.data, s3: server.s3(jobDetails?.data?.artifactCredentials as Keys) };
  };
  const before = await readDetails();
  const source = await before.s3.send(new GetObjectCommand(placeOf(before.data?.inputArtifacts)));
  expect(await source.Body?.transformToString()).toBe('the source');
  // A build takes longer than its first credentials are valid.
  server.clock.advance(14 * 60_000);
  const after = await readDetails();
  const output = placeOf(after.data?.outputArtifacts);
  await after.s3.send(new PutObjectCommand({ ...output, Body: 'built', ServerSideEncryption: 'aws:kms' }));
  const executionDetails = { externalExecutionId: '4711', summary: 'Success', percentComplete: 100 };
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id, executionDetails }));
  await waitForStatus(client, executionId, 'Succeeded');
  const released = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await released.Body?.transformToString()).toBe('built');
});

test('its error path reports a failure after the success, which is rejected because the job has ended (clients 30)', async () => {
  const { client } = await serveBuild();
  const job = await pollOne(client, pollOwn);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  const failureDetails = { type: 'JobFailed', message: 'Failed to publish artifacts' } as const;
  const late = client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails }));
  await expect(late).rejects.toMatchObject({ name: 'InvalidJobStateException' });
});
