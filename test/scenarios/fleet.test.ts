import { join } from 'node:path';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  jenkinsQuery,
  jenkinsType,
  prepareBuckets,
  registerJenkins,
  sourceAction,
} from '../support/pipelines/scenario.ts';
import { account, clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';
import { call, type Ledger, report, runFleet } from '../support/workers/fleet.ts';

const seed = Number(process.env.FLEET_SEED ?? 20_260_301);
const workerCount = 200;
const pipelineNames = Array.from({ length: 40 }, (_, number) => `pipeline-${number}`);
const actionNames = Array.from({ length: 50 }, (_, number) => `action-${number}`);
const leaseMs = 2000;

function declare(name: string) {
  const action = { actionTypeId: jenkinsType, configuration: jenkinsQuery, inputArtifacts: [{ name: 'MyAppBuild' }] };
  return {
    name,
    roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
    artifactStore: { type: 'S3', location: 'my-artifacts' },
    stages: [
      { name: 'Source', actions: [sourceAction] },
      { name: 'Work', actions: actionNames.map((actionName) => ({ ...action, name: actionName })) },
    ],
  };
}

/** An action as the API shows it: how it ended, and with which result. */
interface ToldAction {
  status: string;
  executionId: string;
  marker?: string;
}

/** Returns the action executions of a pipeline by action name; throws if an action ran twice. */
async function readActions(url: string, pipelineName: string): Promise<Map<string, ToldAction>> {
  const { output } = await call(url, 'ListActionExecutions', { pipelineName, maxResults: 100 });
  const actions = new Map<string, ToldAction>();
  for (const detail of output.actionExecutionDetails as ActionExecutionDetail[]) {
    if (detail.stageName !== 'Work') continue;
    if (actions.has(detail.actionName)) throw new Error(`${pipelineName} ran ${detail.actionName} twice`);
    const marker = detail.output?.executionResult?.externalExecutionId;
    actions.set(detail.actionName, { status: detail.status, executionId: detail.pipelineExecutionId, marker });
  }
  return actions;
}

interface ActionExecutionDetail {
  stageName: string;
  actionName: string;
  status: string;
  pipelineExecutionId: string;
  output?: { executionResult?: { externalExecutionId?: string } };
}

/** Returns what each pipeline must show, judging by the responses its workers got. */
function expectedActions({ jobs, accepted }: Ledger, ofDeserted: string): Map<string, Map<string, object>> {
  const expected = new Map(pipelineNames.map((name) => [name, new Map<string, object>()]));
  for (const { id, pipelineName, actionName } of jobs.values()) {
    const result = accepted.get(id);
    const shown = result
      ? { status: result.isSuccess ? 'Succeeded' : 'Failed', marker: result.marker }
      : { status: ofDeserted, marker: undefined };
    expected.get(pipelineName)?.set(actionName, shown);
  }
  return expected;
}

async function expectTold(url: string, ledger: Ledger, ofDeserted: string): Promise<void> {
  for (const [pipelineName, expected] of expectedActions(ledger, ofDeserted)) {
    const shown = await readActions(url, pipelineName);
    const plain = [...shown].map(([name, { status, marker }]) => [name, { status, marker }]);
    expect(Object.fromEntries(plain), `seed ${seed}, ${pipelineName}`).toEqual(Object.fromEntries(expected));
    expect(shown.size).toBe(actionNames.length);
  }
}

test('200 workers that crash, stall and repeat calls end each of 2,000 jobs exactly once', async () => {
  const server = await startProcess(join(await temporaryFolder(), 'data'), ['--lease-seconds', String(leaseMs / 1000)]);
  const { url } = server;
  await registerJenkins(new CodePipelineClient(clientConfig(url)));
  await prepareBuckets(new S3Client(clientConfig(url)));
  for (const name of pipelineNames)
    expect((await call(url, 'CreatePipeline', { pipeline: declare(name) })).code).toBe('ok');
  const poll = { actionTypeId: jenkinsType, queryParam: jenkinsQuery };
  const jobCount = pipelineNames.length * actionNames.length;
  const ledger = await runFleet({ url, poll, jobCount, leaseMs, seed, workerCount });
  expect(ledger.violations, `seed ${seed}`).toEqual([]);
  expect(ledger.jobs.size).toBe(jobCount);
  expect([...ledger.mishaps.keys()].sort()).toEqual([
    'another worker was faster',
    'the result was sent twice',
    'two workers reported at once',
    'vanished after the acknowledgement',
    'vanished after the poll',
  ]);
  // An acknowledged job without a result is not offered again: it waits for its time-out (behaviour A.8).
  await expectTold(url, ledger, 'InProgress');
  expect((await call(url, 'PollForJobs', { ...poll, maxBatchSize: 10 })).output).toEqual({ jobs: [] });

  // An operator stops the remaining executions; workers that return after that change nothing.
  const deserted = [...ledger.jobs.values()].filter(({ id }) => !ledger.accepted.has(id));
  expect(deserted.length).toBeGreaterThan(0);
  for (const pipelineName of new Set(deserted.map((job) => job.pipelineName))) {
    const pipelineExecutionId = [...(await readActions(url, pipelineName)).values()][0]?.executionId;
    const stopped = await call(url, 'StopPipelineExecution', { pipelineName, pipelineExecutionId, abandon: true });
    expect(stopped.code).toBe('ok');
  }
  await expectTold(url, ledger, 'Abandoned');
  const after = { ...ledger, accepted: new Map(ledger.accepted) };
  for (const job of [...ledger.jobs.values()].slice(0, 100)) await report({ url, ledger: after }, job, 'long after');
  for (const job of deserted) await call(url, 'PutJobSuccessResult', { jobId: job.id });
  expect(after.violations).toEqual([]);
  await expectTold(url, ledger, 'Abandoned');
  expect(await server.end('SIGTERM')).toBe(0);
  expect(server.log()).not.toMatch(/"level":[56]0/);
}, 180_000);
