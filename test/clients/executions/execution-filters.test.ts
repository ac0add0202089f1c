import {
  type ActionExecutionFilter,
  type CodePipelineClient,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  RetryStageExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { otherVersion, pipelineName, pollOne, startAgain, startStory } from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

const unknown = '00000000-0000-4000-8000-000000000000';

/** The first execution failed in Testing and was retried successfully, the second failed there. */
async function begin() {
  const server = await serve();
  const client = server.codePipeline();
  const first = await startStory(client, server.s3());
  await fail(client);
  await client.send(
    new RetryStageExecutionCommand({
      pipelineName,
      stageName: 'Testing',
      pipelineExecutionId: first,
      retryMode: 'FAILED_ACTIONS',
    }),
  );
  await client.send(new PutJobSuccessResultCommand({ jobId: (await pollOne(client)).id }));
  const second = await startAgain(client);
  await fail(client);
  return { client, first, second };
}

async function fail(client: CodePipelineClient) {
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: (await pollOne(client)).id, failureDetails }));
}

test('ListPipelineExecutions: succeededInStage returns those of the current version that succeeded in the stage', async () => {
  const { client, first, second } = await begin();
  const list = async (stageName: string | undefined, page: { maxResults?: number; nextToken?: string } = {}) => {
    const filter = { succeededInStage: { stageName } };
    const command = new ListPipelineExecutionsCommand({ pipelineName, filter, ...page });
    const { pipelineExecutionSummaries = [], nextToken } = await client.send(command);
    return { ids: pipelineExecutionSummaries.map(({ pipelineExecutionId }) => pipelineExecutionId), nextToken };
  };
  expect((await list('Source')).ids).toEqual([second, first]);
  expect((await list('Testing')).ids).toEqual([first]);
  expect((await list('Nowhere')).ids).toEqual([]);
  await expect(list(undefined)).rejects.toMatchObject({ name: 'ValidationException' });

  const page = await list('Source', { maxResults: 1 });
  expect(page.ids).toEqual([second]);
  expect((await list('Source', { nextToken: page.nextToken })).ids).toEqual([first]);
  await expect(list('Testing', { nextToken: page.nextToken })).rejects.toMatchObject({
    name: 'InvalidNextTokenException',
  });

  await client.send(new UpdatePipelineCommand({ pipeline: otherVersion() }));
  expect((await list('Source')).ids).toEqual([]);
});

test('ListActionExecutions: latestInPipelineExecution returns all attempts or the latest of each action', async () => {
  const { client, first, second } = await begin();
  const list = async (filter: ActionExecutionFilter) => {
    const command = new ListActionExecutionsCommand({ pipelineName, filter });
    const { actionExecutionDetails = [] } = await client.send(command);
    return actionExecutionDetails.map(({ actionName, status }) => `${actionName} ${status}`);
  };
  const latest = (pipelineExecutionId: string, startTimeRange: 'All' | 'Latest' = 'Latest') => ({
    latestInPipelineExecution: { pipelineExecutionId, startTimeRange },
  });
  const all = await list({ pipelineExecutionId: first });
  expect(all.slice(-3)).toEqual(['JenkinsTestAction Succeeded', 'JenkinsTestAction Failed', 'Source Succeeded']);
  expect(await list(latest(first, 'All'))).toEqual(all);
  expect(await list(latest(first))).toEqual(all.filter((line) => line !== 'JenkinsTestAction Failed'));
  expect(await list({ pipelineExecutionId: second, ...latest(second) })).toEqual([
    'JenkinsTestAction Failed',
    'Source Succeeded',
  ]);
  // Both filters together: two executions have no action in common.
  expect(await list({ pipelineExecutionId: second, ...latest(first) })).toEqual([]);
  for (const filter of [latest(unknown), { pipelineExecutionId: unknown, ...latest(first) }]) {
    await expect(list(filter)).rejects.toMatchObject({
      name: 'PipelineExecutionNotFoundException',
      message: `Pipeline Execution with id '${unknown}' does not exist in pipeline with name '${pipelineName}'`,
    });
  }
});
