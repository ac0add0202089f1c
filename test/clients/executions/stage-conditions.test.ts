import {
  type CodePipelineClient,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  ListRuleExecutionsCommand,
  OverrideStageConditionCommand,
  type PipelineDeclaration,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  type Result,
  type RuleDeclaration,
  type StageDeclaration,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  pipelineName,
  pollOne,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

type Conditions = Pick<StageDeclaration, 'beforeEntry' | 'onSuccess' | 'onFailure'>;

const failureDetails = { type: 'JobFailed', message: 'flaky' } as const;

/** Returns a rule that holds while `variable` is `value`. */
function check(name: string, variable: string, value: string): RuleDeclaration {
  const ruleTypeId = { category: 'Rule', owner: 'AWS', provider: 'VariableCheck', version: '1' } as const;
  return { name, ruleTypeId, configuration: { Variable: variable, Value: value, Operator: 'EQ' } };
}

function condition(result: Result, ...rules: RuleDeclaration[]) {
  return { conditions: [{ result, rules }] };
}

/** Returns the scenario's pipeline with conditions and the variable `Gate`, by default `open`. */
function gated(conditions: { Testing?: Conditions; Release?: Conditions }) {
  const pipeline = threeStages({ ...testAction, namespace: 'Tested' });
  const stages = pipeline.stages.map((stage) => ({ ...stage, ...conditions[stage.name as keyof typeof conditions] }));
  const pipelineType = 'V2' as const;
  return { ...pipeline, stages, pipelineType, variables: [{ name: 'Gate', defaultValue: 'open' }] };
}

async function begin(pipeline: PipelineDeclaration) {
  const server = await serve();
  const client = server.codePipeline();
  const s3 = server.s3();
  const first = await startStory(client, s3, pipeline as ReturnType<typeof threeStages>);
  /** Does the queued job. */
  const work = async (outputVariables: Record<string, string> = {}) => {
    const job = await pollOne(client);
    const { bucketName: Bucket, objectKey: Key } = job.data.outputArtifacts?.[0]?.location?.s3Location ?? {};
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'all is well' }));
    await client.send(new PutJobSuccessResultCommand({ jobId: job.id, outputVariables }));
    return job;
  };
  return { client, first, work };
}

async function start(client: CodePipelineClient, gate: string): Promise<string> {
  const variables = [{ name: 'Gate', value: gate }];
  const { pipelineExecutionId = '' } = await client.send(
    new StartPipelineExecutionCommand({ name: pipelineName, variables }),
  );
  return pipelineExecutionId;
}

async function stateOf(client: CodePipelineClient, stageName: string) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.find((stage) => stage.stageName === stageName);
}

async function rulesOf(client: CodePipelineClient, members: object = {}) {
  const { ruleExecutionDetails, nextToken } = await client.send(
    new ListRuleExecutionsCommand({ pipelineName, ...members }),
  );
  return { rules: ruleExecutionDetails ?? [], nextToken };
}

test('an entry condition fails the stage; overridden, the stage proceeds (behaviour C.8)', async () => {
  const entry = condition('FAIL', check('IsOpen', '#{variables.Gate}', 'open'), check('Always', 'a', 'a'));
  const { client, first, work } = await begin(gated({ Testing: { beforeEntry: entry } }));
  await work();
  await waitForStatus(client, first, 'InProgress');

  const closed = await start(client, 'closed');
  await waitForStatus(client, closed, 'Failed');
  const state = await stateOf(client, 'Testing');
  expect(state?.latestExecution).toEqual({ pipelineExecutionId: closed, status: 'Failed' });
  const summary = expect.stringContaining("The rule 'IsOpen' failed");
  expect(state?.beforeEntryConditionState).toMatchObject({
    latestExecution: { status: 'Failed', summary },
    conditionStates: [
      {
        latestExecution: { status: 'Failed', summary, lastStatusChange: expect.any(Date) },
        ruleStates: [
          {
            ruleName: 'IsOpen',
            latestExecution: { status: 'Failed', errorDetails: { code: 'JobFailed', message: expect.any(String) } },
          },
          { ruleName: 'Always', latestExecution: { status: 'Succeeded', ruleExecutionId: expect.any(String) } },
        ],
      },
    ],
  });
  expect(state?.onSuccessConditionState).toBeUndefined();

  const named = { pipelineName, stageName: 'Testing', pipelineExecutionId: closed } as const;
  await client.send(new OverrideStageConditionCommand({ ...named, conditionType: 'BEFORE_ENTRY' }));
  await work();
  await waitForStatus(client, closed, 'Succeeded');
  expect((await stateOf(client, 'Testing'))?.beforeEntryConditionState?.latestExecution).toMatchObject({
    status: 'Overridden',
    summary: expect.stringContaining('Overridden by arn:aws:iam::'),
  });
});

test('an entry condition skips its stage, which cannot be overridden (behaviour C.8)', async () => {
  const entry = condition('SKIP', check('IsOpen', '#{variables.Gate}', 'closed'));
  const { client, first, work } = await begin(gated({ Release: { beforeEntry: entry } }));
  await work();
  await waitForStatus(client, first, 'Succeeded');
  const state = await stateOf(client, 'Release');
  expect(state?.latestExecution).toEqual({ pipelineExecutionId: first, status: 'Skipped' });
  expect(state?.actionStates).toEqual([{ actionName: 'Publish' }]);
  expect(state?.beforeEntryConditionState?.latestExecution?.status).toBe('Failed');
  const named = { pipelineName, stageName: 'Release', pipelineExecutionId: first } as const;
  await expect(
    client.send(new OverrideStageConditionCommand({ ...named, conditionType: 'BEFORE_ENTRY' })),
  ).rejects.toMatchObject({ name: 'ConditionNotOverridableException' });
});

test('a failed success condition rolls back to the last success in the stage (behaviour C.7, C.8)', async () => {
  const success = condition('ROLLBACK', check('IsHealthy', '#{Tested.Healthy}', 'yes'));
  const { client, first, work } = await begin(gated({ Testing: { onSuccess: success } }));
  const { data: before } = await work({ Healthy: 'yes' });
  await waitForStatus(client, first, 'Succeeded');

  const bad = await start(client, 'open');
  await work({ Healthy: 'no' });
  await waitForStatus(client, bad, 'Failed');
  const again = await pollOne(client);
  expect(again.data.inputArtifacts).toEqual(before.inputArtifacts);
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  expect(pipelineExecutionSummaries?.[0]).toMatchObject({
    status: 'InProgress',
    executionType: 'ROLLBACK',
    rollbackMetadata: { rollbackTargetPipelineExecutionId: first },
    trigger: {
      triggerType: 'AutomatedRollback',
      triggerDetail: JSON.stringify({ FailedPipelineExecutionId: bad }),
    },
  });
  const named = { pipelineName, stageName: 'Testing', pipelineExecutionId: bad } as const;
  await expect(
    client.send(new OverrideStageConditionCommand({ ...named, conditionType: 'ON_SUCCESS' })),
  ).rejects.toMatchObject({ name: 'NotLatestPipelineExecutionException' });
  await client.send(new PutJobSuccessResultCommand({ jobId: again.id }));
  await waitForStatus(client, pipelineExecutionSummaries?.[0]?.pipelineExecutionId ?? '', 'Succeeded');
});

test('a failed stage is retried automatically, once (behaviour C.6)', async () => {
  const onFailure = { result: 'RETRY', retryConfiguration: { retryMode: 'FAILED_ACTIONS' } } as const;
  const { client, first } = await begin(gated({ Testing: { onFailure } }));
  const attempt = await pollOne(client);
  await client.send(new PutJobFailureResultCommand({ jobId: attempt.id, failureDetails }));
  const next = await pollOne(client);
  expect(next.data.pipelineContext?.pipelineExecutionId).toBe(first);
  expect(await stateOf(client, 'Testing')).toMatchObject({
    latestExecution: { status: 'InProgress' },
    retryStageMetadata: { autoStageRetryAttempt: 1, latestRetryTrigger: 'AutomatedStageRetry' },
  });
  await client.send(new PutJobFailureResultCommand({ jobId: next.id, failureDetails }));
  await waitForStatus(client, first, 'Failed');
});

test('a failure condition takes effect when it is met (behaviour C.8)', async () => {
  const retryConfiguration = { retryMode: 'ALL_ACTIONS' } as const;
  const onFailure = { ...condition('RETRY', check('IsOpen', '#{variables.Gate}', 'open')), retryConfiguration };
  const { client, first, work } = await begin(gated({ Testing: { onFailure } }));
  const attempt = await pollOne(client);
  await client.send(new PutJobFailureResultCommand({ jobId: attempt.id, failureDetails }));
  await work();
  await waitForStatus(client, first, 'Succeeded');
  expect((await stateOf(client, 'Testing'))?.onFailureConditionState).toMatchObject({
    latestExecution: { status: 'Succeeded' },
    conditionStates: [{ ruleStates: [{ ruleName: 'IsOpen', latestExecution: { status: 'Succeeded' } }] }],
  });
  const closed = await start(client, 'closed');
  const other = await pollOne(client);
  await client.send(new PutJobFailureResultCommand({ jobId: other.id, failureDetails }));
  await waitForStatus(client, closed, 'Failed');
});

test('ListRuleExecutions lists rules newest first, by execution and in pages, without actions (behaviour C.8)', async () => {
  const isOpen = check('IsOpen', '#{variables.Gate}', 'open');
  const { client, first, work } = await begin(
    gated({ Testing: { beforeEntry: condition('FAIL', isOpen), onSuccess: condition('FAIL', isOpen) } }),
  );
  await work();
  await waitForStatus(client, first, 'Succeeded');
  const closed = await start(client, 'closed');
  await waitForStatus(client, closed, 'Failed');

  const { rules } = await rulesOf(client);
  expect(rules.map(({ pipelineExecutionId, status }) => [pipelineExecutionId, status])).toEqual([
    [closed, 'Failed'],
    [first, 'Succeeded'],
    [first, 'Succeeded'],
  ]);
  expect(rules[0]).toMatchObject({
    ruleExecutionId: expect.any(String),
    pipelineVersion: 1,
    stageName: 'Testing',
    ruleName: 'IsOpen',
    startTime: expect.any(Date),
    lastUpdateTime: expect.any(Date),
    input: {
      ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'VariableCheck', version: '1' },
      configuration: { Variable: '#{variables.Gate}', Value: 'open', Operator: 'EQ' },
      resolvedConfiguration: { Variable: 'closed', Value: 'open', Operator: 'EQ' },
      roleArn: expect.stringMatching(/pipeline-role$/),
      region: 'us-east-1',
      inputArtifacts: [],
    },
    output: { executionResult: { errorDetails: { code: 'JobFailed' } } },
  });

  expect((await rulesOf(client, { filter: { pipelineExecutionId: first } })).rules).toHaveLength(2);
  const latestInPipelineExecution = { pipelineExecutionId: first, startTimeRange: 'Latest' };
  // Rules of two conditions are separate, although they share a name.
  expect((await rulesOf(client, { filter: { latestInPipelineExecution } })).rules).toHaveLength(2);
  const page = await rulesOf(client, { maxResults: 2 });
  const rest = await rulesOf(client, { maxResults: 2, nextToken: page.nextToken });
  expect([...page.rules, ...rest.rules].map(({ ruleExecutionId }) => ruleExecutionId)).toEqual(
    rules.map(({ ruleExecutionId }) => ruleExecutionId),
  );
  expect(rest.nextToken).toBeUndefined();

  const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  expect(actionExecutionDetails?.map(({ actionName }) => actionName)).toEqual([
    'Source',
    'Publish',
    'JenkinsTestAction',
    'Source',
  ]);
});

test('an unsupported rule fails its condition; a rule that never ran has only its name', async () => {
  const ruleTypeId = { category: 'Rule', owner: 'AWS', provider: 'CloudWatchAlarm', version: '1' } as const;
  const alarm = { name: 'Calm', ruleTypeId, configuration: { AlarmName: 'smoke' } };
  const conditions = { beforeEntry: condition('FAIL', alarm), onSuccess: condition('ROLLBACK', alarm) };
  const { client, first } = await begin(gated({ Testing: conditions }));
  await waitForStatus(client, first, 'Failed');
  const state = await stateOf(client, 'Testing');
  const message = expect.stringContaining("cannot check rules of RuleType (Provider: 'CloudWatchAlarm'");
  expect(state?.beforeEntryConditionState?.conditionStates?.[0]?.ruleStates?.[0]?.latestExecution).toMatchObject({
    status: 'Failed',
    errorDetails: { code: 'ConfigurationError', message },
  });
  expect(state?.onSuccessConditionState).toEqual({ conditionStates: [{ ruleStates: [{ ruleName: 'Calm' }] }] });
});
