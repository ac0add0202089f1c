import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AcknowledgeJobCommand,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListRuleExecutionsCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  RetryStageExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { pipelineName, pollOne, prepareBuckets, sourceAction } from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, serve, type TestServer } from '../support/servers/server.ts';
import { startCommandWorker } from '../support/workers/worker-process.ts';

const secret = 'hunter2/is the+secret';
const [firstHalf, secondHalf] = ['hunter2/is', ' the+secret'];
const leaky = { category: 'Test', owner: 'Custom', provider: 'JenkinsProviderName', version: '1' } as const;
const nosy = { ...leaky, provider: 'Nosy' };
/** A declaration of an action that fails with the variable's value in its message. */
const rule = {
  name: 'Check',
  ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'VariableCheck', version: '1' },
  configuration: { Variable: '#{Leak.Url}', Operator: 'EQ', Value: 'x' },
} as const;
const property = { required: true, key: false, secret: false };

/** Creates a pipeline whose first custom action has a secret, and whose second one gets the first one's output. */
async function serveSecret(): Promise<{ server: TestServer; jobId: string }> {
  const server = await serve();
  const client = server.codePipeline();
  const artifacts = { minimumCount: 0, maximumCount: 1 };
  for (const { category, provider, version } of [leaky, nosy]) {
    const name = provider === 'Nosy' ? { ...property, name: 'Target' } : { ...property, name: 'Token', secret: true };
    await client.send(
      new CreateCustomActionTypeCommand({
        ...{ category, provider, version },
        settings: {
          entityUrlTemplate: provider === 'Nosy' ? 'https://ci.example/{Config:Target}' : 'https://ci.example/',
          executionUrlTemplate: 'https://ci.example/{ExternalExecutionId}',
        },
        configurationProperties: [name, { ...property, name: 'ProjectName', queryable: provider !== 'Nosy' }],
        inputArtifactDetails: artifacts,
        outputArtifactDetails: artifacts,
      }),
    );
  }
  await prepareBuckets(server.s3());
  const first = { ProjectName: 'JenkinsTestProject', Token: secret };
  const second = { ProjectName: 'x', Target: 'https://#{Leak.Url}' };
  const stages = [
    { name: 'Source', actions: [sourceAction] },
    { name: 'Leak', actions: [{ name: 'Leak', actionTypeId: leaky, configuration: first, namespace: 'Leak' }] },
    {
      name: 'Spread',
      actions: [{ name: 'Spread', actionTypeId: nosy, configuration: second }],
      onSuccess: { conditions: [{ result: 'FAIL' as const, rules: [rule] }] },
    },
  ];
  const pipelineType = 'V2' as const;
  const artifactStore = { type: 'S3' as const, location: 'my-artifacts' };
  const roleArn = `arn:aws:iam::${account}:role/pipeline-role`;
  await client.send(
    new CreatePipelineCommand({ pipeline: { name: pipelineName, pipelineType, roleArn, artifactStore, stages } }),
  );
  const { id: jobId, nonce } = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId, nonce }));
  return { server, jobId };
}

async function readEverything(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

async function logOf(server: TestServer, jobId: string): Promise<string> {
  return (await callOwn<{ text: string }>(server.url, 'GetJobLog', { jobId })).answer.text;
}

test('a secret split over any number of PutJobLog calls is stored nowhere, and no other text is lost', async () => {
  const { server, jobId } = await serveSecret();
  let offset = 0;
  const put = async (text: string) => {
    const { answer } = await callOwn<{ nextOffset: number }>(server.url, 'PutJobLog', { jobId, offset, text });
    // Repeating a call, as after a lost response, changes nothing.
    const again = await callOwn<{ nextOffset: number }>(server.url, 'PutJobLog', { jobId, offset, text });
    expect(again.answer).toEqual(answer);
    offset = answer.nextOffset;
  };
  for (const text of [`one ${firstHalf}`, `${secondHalf} two `, 'hunt', 'er2/is the', '+secret three\n'])
    await put(text);
  for (const character of `>${secret}<`) await put(character);
  expect(await logOf(server, jobId)).toBe('one *** two *** three\n>***<');
  await put(' hunter, and hunt');
  expect(await logOf(server, jobId)).toBe('one *** two *** three\n>***< hunter, and ');
  const everything = await readEverything(server.folder);
  expect(everything).toContain('JenkinsTestProject');
  for (const piece of [secret, firstHalf, secondHalf.slice(1)]) expect(everything).not.toContain(piece);
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await server.codePipeline().send(new PutJobFailureResultCommand({ jobId, failureDetails }));
  expect(await logOf(server, jobId)).toBe('one *** two *** three\n>***< hunter, and hunt');
  const last = await callOwn(server.url, 'GetJobLog', { jobId, offset: 40 });
  expect(last.answer).toEqual({ text: 'hunt', nextOffset: 44, isComplete: false, isCut: false });
  const end = await callOwn(server.url, 'GetJobLog', { jobId, offset: 44 });
  expect(end.answer).toMatchObject({ text: '', isComplete: true });
});

test('a failure is shown and stored without the secret, in whatever form the worker reported it', async () => {
  const { server, jobId } = await serveSecret();
  const client = server.codePipeline();
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret), btoa(`user:${secret}`)];
  const failureDetails = {
    type: 'JobFailed',
    message: `tried ${forms.join(' and ')}`,
    externalExecutionId: `run-${secret}`,
  } as const;
  await client.send(new PutJobFailureResultCommand({ jobId, failureDetails }));
  // Repeating the same report is still accepted.
  await client.send(new PutJobFailureResultCommand({ jobId, failureDetails }));
  const state = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  const latest = state.stageStates?.[1]?.actionStates?.[0]?.latestExecution;
  expect(latest?.errorDetails?.message).toMatch(/^tried \*\*\* and \*\*\* and "\*\*\*" and /);
  expect(latest).toMatchObject({ externalExecutionId: 'run-***', externalExecutionUrl: 'https://ci.example/run-***' });
  const shown = JSON.stringify([
    state,
    await client.send(new ListActionExecutionsCommand({ pipelineName })),
    await callOwn(server.url, 'GetJob', { jobId }),
  ]);
  const everything = await readEverything(server.folder);
  for (const form of [...forms, btoa(`user:${secret}`).slice(8, 30)]) {
    expect(shown).not.toContain(form);
    expect(everything).not.toContain(form);
  }
});

test('a secret in output variables reaches the next action, and is shown for neither', async () => {
  const { server, jobId } = await serveSecret();
  const client = server.codePipeline();
  const executionDetails = { summary: `pushed to ${secret}`, externalExecutionId: secret };
  const outputVariables = { Url: `me:${secret}@host`, Plain: 'plain' };
  await client.send(new PutJobSuccessResultCommand({ jobId, executionDetails, outputVariables }));
  const { jobs } = await client.send(new PollForJobsCommand({ actionTypeId: nosy }));
  expect(jobs?.[0]?.data?.actionConfiguration?.configuration?.Target).toBe(`https://me:${secret}@host`);
  const spreadId = jobs?.[0]?.id ?? '';
  await client.send(new AcknowledgeJobCommand({ jobId: spreadId, nonce: jobs?.[0]?.nonce }));
  const failureDetails = { type: 'JobFailed', message: `cannot reach ${secret}` } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: spreadId, failureDetails }));
  const state = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  const history = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  expect(JSON.stringify([state, history])).not.toContain(secret);
  const [spread, leak] = history.actionExecutionDetails ?? [];
  expect(leak?.output?.outputVariables).toEqual({ Url: 'me:***@host', Plain: 'plain' });
  expect(leak?.output?.executionResult?.externalExecutionSummary).toBe('pushed to ***');
  expect(spread?.input?.resolvedConfiguration).toEqual({ ProjectName: 'x', Target: 'https://me:***@host' });
  expect(spread?.output?.executionResult?.errorDetails?.message).toBe('cannot reach ***');
  expect(state.stageStates?.[2]?.actionStates?.[0]?.entityUrl).toBe('https://ci.example/https%3A%2F%2Fme%3A***%40host');
});

test('a rule that checks a variable with a secret shows it nowhere', async () => {
  const { server, jobId } = await serveSecret();
  const client = server.codePipeline();
  await client.send(new PutJobSuccessResultCommand({ jobId, outputVariables: { Url: secret } }));
  const [spread] = (await client.send(new PollForJobsCommand({ actionTypeId: nosy }))).jobs ?? [];
  await client.send(new PutJobSuccessResultCommand({ jobId: spread?.id }));
  const rules = () => client.send(new ListRuleExecutionsCommand({ pipelineName }));
  const statusOf = async () => (await rules()).ruleExecutionDetails?.[0]?.status;
  await expect.poll(statusOf, { timeout: 10_000 }).toBe('Failed');
  const [checked] = (await rules()).ruleExecutionDetails ?? [];
  expect(checked?.input?.resolvedConfiguration).toEqual({ Variable: '***', Operator: 'EQ', Value: 'x' });
  expect(checked?.output?.executionResult?.errorDetails?.message).toContain('***');
  const state = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(JSON.stringify([checked, state])).not.toContain(secret);
});

test('the worker masks a secret that spans the pieces of an overlong line', async () => {
  const { server, jobId } = await serveSecret();
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await server.codePipeline().send(new PutJobFailureResultCommand({ jobId, failureDetails }));
  await retryLeak(server);
  const script = `printf %016376d 0; printf '%s' "$MILLRACE_CONFIG_TOKEN"; printf %05000d 0; echo "summary=at $MILLRACE_CONFIG_TOKEN" > "$MILLRACE_EXECUTION_DETAILS"`;
  const worker = startCommandWorker(server.url, script, ['--once']);
  expect(await worker.ended).toBe(0);
  expect(worker.printed()).toContain('0***0');
  for (const piece of [secret, firstHalf, secondHalf.slice(1)]) expect(worker.printed()).not.toContain(piece);
});

async function retryLeak(server: TestServer): Promise<void> {
  const client = server.codePipeline();
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  const pipelineExecutionId = stageStates?.[1]?.latestExecution?.pipelineExecutionId;
  await client.send(
    new RetryStageExecutionCommand({
      pipelineName,
      stageName: 'Leak',
      pipelineExecutionId,
      retryMode: 'FAILED_ACTIONS',
    }),
  );
}
