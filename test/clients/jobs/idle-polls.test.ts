import { join } from 'node:path';
import {
  type ActionTypeId,
  type CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  DeleteCustomActionTypeCommand,
  PollForJobsCommand,
} from '@aws-sdk/client-codepipeline';
import { beforeEach, expect, test } from 'vitest';
import { countWalCommits, fewestCommits } from '../../support/databases/sqlite-file.ts';
import { callRaw, sendRaw } from '../../support/requests/signed-request.ts';
import { account, serve, type TestServer } from '../../support/servers/server.ts';

/** Long enough that no sweep runs: jobs are found only through wake-ups. */
const longestSleepMs = 60_000;

const details = { minimumCount: 0, maximumCount: 1 };
const type = { category: 'Source', provider: 'Depot', version: '1' } as const;
const actionTypeId: ActionTypeId = { ...type, owner: 'Custom' };

let server: TestServer;
let client: CodePipelineClient;
beforeEach(async () => {
  server = await serve({}, { longestSleepMs });
  client = server.codePipeline();
  await client.send(
    new CreateCustomActionTypeCommand({ ...type, inputArtifactDetails: details, outputArtifactDetails: details }),
  );
});

const poll = async () => (await client.send(new PollForJobsCommand({ actionTypeId }))).jobs;
const commits = () => countWalCommits(join(server.folder, 'millrace.sqlite'));

/** Creates a pipeline, whose first execution queues one job of the type. */
const offerJob = (name: string) =>
  client.send(
    new CreatePipelineCommand({
      pipeline: {
        name,
        roleArn: `arn:aws:iam::${account}:role/pipeline`,
        artifactStore: { type: 'S3', location: 'artifacts' },
        stages: [
          { name: 'Fetch', actions: [{ name: 'Fetch', actionTypeId, outputArtifacts: [{ name: 'Fetched' }] }] },
          {
            name: 'Check',
            actions: [
              {
                name: 'Check',
                actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
              },
            ],
          },
        ],
      },
    }),
  );

const holdPoll = async (): Promise<unknown[]> => {
  const headers = { 'x-millrace-wait-seconds': '20' };
  const { body } = await callRaw(server.url, 'PollForJobs', JSON.stringify({ actionTypeId }), { headers });
  return JSON.parse(body).jobs;
};
const heldPolls = async () =>
  (await sendRaw(server.url, { method: 'GET', path: '/-/metrics' })).body.match(/^millrace_held_polls (\d+)/m)?.[1];

test('empty polls write nothing, and the first poll after a job was queued returns it', async () => {
  await poll();
  const pollOften = async () => {
    for (let times = 0; times < 50; times += 1) expect(await poll()).toEqual([]);
  };
  expect(await fewestCommits(join(server.folder, 'millrace.sqlite'), pollOften)).toBe(0);
  await offerJob('Mill');
  expect(await poll()).toHaveLength(1);
  expect(await poll()).toEqual([]);
});

test('a job whose lease has expired is found although the queue was known to be empty', async () => {
  await offerJob('Mill');
  expect(await poll()).toHaveLength(1);
  expect(await poll()).toEqual([]);
  server.clock.advance(29_000);
  expect(await poll()).toEqual([]);
  server.clock.advance(2000);
  expect(await poll()).toHaveLength(1);
});

test('a deleted type is rejected immediately, even if it was just polled', async () => {
  await poll();
  await client.send(new DeleteCustomActionTypeCommand(type));
  await expect(poll()).rejects.toThrow('is not available');
});

test('one of 200 held polls gets the job; the others neither write nor return', async () => {
  const answers: unknown[][] = [];
  for (let count = 0; count < 200; count += 1) void holdPoll().then((jobs) => answers.push(jobs));
  await expect.poll(heldPolls).toBe('200');
  const before = commits();
  await offerJob('Mill');
  await expect.poll(() => answers.length).toBe(1);
  expect(answers[0]).toHaveLength(1);
  expect(await poll()).toEqual([]);
  // The pipeline, its job and its claim; claims that find nothing write nothing.
  expect(commits() - before).toBeLessThanOrEqual(4);
  await Promise.all(['Mill2', 'Mill3', 'Mill4'].map(offerJob));
  await expect.poll(() => answers.length).toBe(4);
  expect(answers.every((jobs) => jobs.length === 1)).toBe(true);
  expect(await heldPolls()).toBe('196');
});
