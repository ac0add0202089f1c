import { randomUUID } from 'node:crypto';
import {
  AcknowledgeJobCommand,
  CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  DisableStageTransitionCommand,
  GetPipelineStateCommand,
  type Job,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
  PutApprovalResultCommand,
  PutJobFailureResultCommand,
  PutThirdPartyJobFailureResultCommand,
  PutWebhookCommand,
  StartPipelineExecutionCommand,
  StopPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import {
  pipelineName,
  pollOne,
  sourceAction,
  startAgain,
  startStory,
  threeStages,
} from '../../support/pipelines/scenario.ts';
import {
  createPartnerClient,
  partnerAction,
  pollOnePartner,
  registerPartner,
} from '../../support/pipelines/third-party.ts';
import { account, clientConfig, region } from '../../support/servers/server.ts';
import { inTurn } from '../concurrently.ts';

/** A server with something of everything on it, for operations to fail on. */
export interface ErrorWorld {
  /** Handed out, not acknowledged. */
  openJob: Required<Job>;
  /** Reported as failed. */
  endedJob: Required<Job>;
  /** Of a partner's action: handed out and not acknowledged, and reported as failed; with the token that opens them. */
  partnerJob: PartnerJob;
  endedPartnerJob: PartnerJob;
  /** Bring the account up to one of `smallQuotas`, once. */
  fillActionTypes(): Promise<void>;
  fillWebhooks(): Promise<void>;
  fillPollingPipelines(): Promise<void>;
  /** Names the stage at which an execution of a QUEUED pipeline has failed; others of the pipeline run up to the quota. */
  fillExecutions(): Promise<{ pipelineName: string; stageName: string; pipelineExecutionId: string | undefined }>;
  /** Approves what a pipeline asks for; answers what named the approval. */
  approve(): Promise<{ pipelineName: string; stageName: string; token: string | undefined }>;
  /** Names a stage and an execution of a pipeline that has been updated since. */
  outdate(): Promise<{ pipelineName: string; stageName: string; targetPipelineExecutionId: string | undefined }>;
  /**
   * Names an execution that its first stage's entry condition has failed; afterwards the way in may have been closed,
   * and further executions started.
   */
  failAtGate(after: { closes: boolean; starts: number }): Promise<{
    pipelineName: string;
    stageName: string;
    pipelineExecutionId: string | undefined;
    conditionType: 'BEFORE_ENTRY';
  }>;
  /** Names an execution that has been asked to stop and waits for its running action. */
  startStopping(): Promise<{ pipelineName: string; pipelineExecutionId: string | undefined }>;
}

interface PartnerJob {
  jobId: string;
  clientToken: string;
}

export const unknownId = '00000000-0000-4000-8000-000000000000';
export const pipelineArn = `arn:aws:codepipeline:${region}:${account}:${pipelineName}`;
export const tooManyTags = Array.from({ length: 51 }, (_, index) => ({ key: `key-${index}`, value: '' }));
export const systemTags = [{ key: 'aws:reserved', value: '' }];

/** The pipeline of the scenario under another name, changed. */
export function declared(name: string, change: Partial<PipelineDeclaration> = {}): PipelineDeclaration {
  return { ...threeStages(), name, ...change };
}

/** Stages whose source looks for changes by itself; its bucket is not there, so that nothing more happens. */
export function pollingStages(): PipelineDeclaration['stages'] {
  const configuration = { S3Bucket: 'nowhere', S3ObjectKey: 'app.zip', PollForSourceChanges: 'true' };
  return [{ name: 'Source', actions: [{ ...sourceAction, configuration }] }, ...threeStages().stages.slice(1)];
}

export const customType = {
  category: 'Build',
  provider: 'Mill',
  version: '1',
  inputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
  outputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
} as const;

export const webhook = {
  name: 'Hook',
  targetPipeline: pipelineName,
  targetAction: 'Source',
  filters: [{ jsonPath: '$.ref' }],
  authentication: 'UNAUTHENTICATED',
  authenticationConfiguration: {},
} as const;

/** Stages that wait for an approval. */
function askingStages(): PipelineDeclaration['stages'] {
  const actionTypeId = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
  const [source] = threeStages().stages;
  return [source ?? {}, { name: 'Testing', actions: [{ name: 'Ask', actionTypeId }] }] as PipelineDeclaration['stages'];
}

async function waitForToken(client: CodePipelineClient, name: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name }));
      const token = stageStates?.[1]?.actionStates?.[0]?.latestExecution?.token;
      if (token === undefined) throw new Error('nothing is asked yet');
      return token;
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** What `work` comes to, done at most once. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let done: Promise<Result> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/** Quotas that a few calls fill up. */
export const smallQuotas = {
  quotaCustomActionTypes: 3,
  quotaPollingPipelines: 2,
  quotaRunningExecutions: 2,
  quotaWebhooks: 2,
};

async function startPartnerJobs(client: CodePipelineClient, url: string) {
  await registerPartner(url);
  const { clientToken } = await createPartnerClient(url);
  const startOne = async (name: string): Promise<PartnerJob> => {
    await client.send(new CreatePipelineCommand({ pipeline: { ...threeStages(partnerAction), name } }));
    const { jobId } = await pollOnePartner(client);
    return { jobId, clientToken };
  };
  const endedPartnerJob = await startOne('PartnerFails');
  const failureDetails = { type: 'JobFailed', message: 'no luck' } as const;
  await client.send(new PutThirdPartyJobFailureResultCommand({ ...endedPartnerJob, failureDetails }));
  return { endedPartnerJob, partnerJob: await startOne('PartnerWorks') };
}

async function fillExecutions(client: CodePipelineClient) {
  const [source, ...stages] = pollingStages() ?? [];
  const configuration = { ...source?.actions?.[0]?.configuration, PollForSourceChanges: 'false' };
  const failing = { name: 'Source', actions: [{ ...sourceAction, configuration }] };
  const named = { pipelineName: 'Full', stageName: 'Source' };
  const modes = { pipelineType: 'V2', executionMode: 'QUEUED' } as const;
  const pipeline = declared('Full', { ...modes, stages: [failing, ...stages] });
  await client.send(new CreatePipelineCommand({ pipeline }));
  const pipelineExecutionId = await vi.waitFor(
    async () => {
      const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand(named));
      if (pipelineExecutionSummaries?.[0]?.status !== 'Failed') throw new Error('it has not failed yet');
      return pipelineExecutionSummaries[0].pipelineExecutionId;
    },
    { timeout: 10_000, interval: 20 },
  );
  const way = { ...named, transitionType: 'Inbound', reason: 'full' } as const;
  await client.send(new DisableStageTransitionCommand(way));
  await inTurn(numbers(smallQuotas.quotaRunningExecutions), async () => {
    await client.send(new StartPipelineExecutionCommand({ name: 'Full' }));
  });
  return { ...named, pipelineExecutionId };
}

async function failAtGate(client: CodePipelineClient, { closes, starts }: { closes: boolean; starts: number }) {
  const [source, ...stages] = threeStages().stages;
  const named = { pipelineName: `Gated-${randomUUID()}`, stageName: 'Source' };
  // Nothing here watches alarms, so that the rule fails when it starts.
  const ruleTypeId = { category: 'Rule', owner: 'AWS', provider: 'CloudWatchAlarm', version: '1' } as const;
  const rules = [{ name: 'Calm', ruleTypeId, configuration: { AlarmName: 'any' } }];
  const gated = { name: 'Source', actions: [], ...source, beforeEntry: { conditions: [{ result: 'FAIL', rules }] } };
  const modes = { pipelineType: 'V2', executionMode: 'QUEUED' } as const;
  const pipeline = declared(named.pipelineName, { ...modes, stages: [gated, ...stages] as typeof stages });
  await client.send(new CreatePipelineCommand({ pipeline }));
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand(named));
  const way = { ...named, transitionType: 'Inbound', reason: 'full' } as const;
  if (closes) await client.send(new DisableStageTransitionCommand(way));
  await inTurn(numbers(starts), async () => {
    await client.send(new StartPipelineExecutionCommand({ name: named.pipelineName }));
  });
  const pipelineExecutionId = pipelineExecutionSummaries?.[0]?.pipelineExecutionId;
  return { ...named, pipelineExecutionId, conditionType: 'BEFORE_ENTRY' as const };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Builds the world on the server at `url`. */
export async function buildWorld(url: string): Promise<ErrorWorld> {
  const client = new CodePipelineClient(clientConfig(url));
  await startStory(client, new S3Client(clientConfig(url)));
  const endedJob = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: endedJob.id, nonce: endedJob.nonce }));
  const failureDetails = { type: 'JobFailed', message: 'no luck' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: endedJob.id, failureDetails }));
  await startAgain(client);
  const partnerJobs = await startPartnerJobs(client, url);
  return {
    ...partnerJobs,
    endedJob,
    openJob: await pollOne(client),
    fillActionTypes: once(() =>
      // One is there: the scenario's own.
      inTurn(numbers(smallQuotas.quotaCustomActionTypes - 1), async (index) => {
        await client.send(new CreateCustomActionTypeCommand({ ...customType, version: `f${index}` }));
      }),
    ),
    fillWebhooks: once(() =>
      inTurn(numbers(smallQuotas.quotaWebhooks), async (index) => {
        await client.send(new PutWebhookCommand({ webhook: { ...webhook, filters: [], name: `filler-${index}` } }));
      }),
    ),
    fillExecutions: once(() => fillExecutions(client)),
    failAtGate: (after) => failAtGate(client, after),
    async approve() {
      const named = { pipelineName: `Asking-${randomUUID()}`, stageName: 'Testing' };
      await client.send(
        new CreatePipelineCommand({ pipeline: declared(named.pipelineName, { stages: askingStages() }) }),
      );
      const token = await waitForToken(client, named.pipelineName);
      const result = { status: 'Approved', summary: 'seen' } as const;
      await client.send(new PutApprovalResultCommand({ ...named, actionName: 'Ask', token, result }));
      return { ...named, token };
    },
    async outdate() {
      const pipeline = declared('Outdated');
      await client.send(new CreatePipelineCommand({ pipeline }));
      const named = { pipelineName: pipeline.name ?? '', stageName: 'Testing' };
      const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand(named));
      // An equal declaration would make no new version.
      await client.send(new UpdatePipelineCommand({ pipeline: { ...pipeline, roleArn: `${pipeline.roleArn}-2` } }));
      return { ...named, targetPipelineExecutionId: pipelineExecutionSummaries?.[0]?.pipelineExecutionId };
    },
    async startStopping() {
      const name = 'Stopping';
      await client.send(new CreatePipelineCommand({ pipeline: declared(name) }));
      const { data } = await pollOne(client);
      const { pipelineExecutionId } = data.pipelineContext ?? {};
      await client.send(new StopPipelineExecutionCommand({ pipelineName: name, pipelineExecutionId }));
      return { pipelineName: name, pipelineExecutionId };
    },
    fillPollingPipelines: once(() =>
      inTurn(numbers(smallQuotas.quotaPollingPipelines), async (index) => {
        const pipeline = declared(`filler-${index}`, { stages: pollingStages() });
        await client.send(new CreatePipelineCommand({ pipeline }));
      }),
    ),
  };
}
