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
import { concurrently } from '../concurrently.ts';

/** The state of a server on which every operation can fail. */
export interface ErrorHarness {
  /** Claimed, not acknowledged. */
  openJob: Required<Job>;
  /** Reported as failed. */
  endedJob: Required<Job>;
  /** Jobs of a partner's action with their client token: one claimed and not acknowledged, one reported as failed. */
  partnerJob: PartnerJob;
  endedPartnerJob: PartnerJob;
  /** Exhaust one of `smallQuotas`, once. */
  fillActionTypes(): Promise<void>;
  fillWebhooks(): Promise<void>;
  fillPollingPipelines(): Promise<void>;
  /** Returns the failed stage of an execution in a QUEUED pipeline that has as many running executions as allowed. */
  fillExecutions(): Promise<{ pipelineName: string; stageName: string; pipelineExecutionId: string | undefined }>;
  /** Approves the action of a new pipeline, and returns what identified the approval. */
  approve(): Promise<{ pipelineName: string; stageName: string; token: string | undefined }>;
  /** Returns a stage and an execution of a pipeline that was updated since. */
  outdate(): Promise<{ pipelineName: string; stageName: string; targetPipelineExecutionId: string | undefined }>;
  /**
   * Returns an execution that failed the entry condition of its first stage. Afterwards the inbound transition may be
   * disabled, and further executions started.
   */
  failAtGate(after: { closes: boolean; starts: number }): Promise<{
    pipelineName: string;
    stageName: string;
    pipelineExecutionId: string | undefined;
    conditionType: 'BEFORE_ENTRY';
  }>;
  /** Returns an execution that is stopping and waits for its running action. */
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

/** Returns the pipeline of the scenario with another name and changes. */
export function declared(name: string, change: Partial<PipelineDeclaration> = {}): PipelineDeclaration {
  return { ...threeStages(), name, ...change };
}

/** Returns stages whose source polls a missing bucket, so that nothing happens. */
export function pollingStages(): PipelineDeclaration['stages'] {
  const configuration = { S3Bucket: 'missing', S3ObjectKey: 'app.zip', PollForSourceChanges: 'true' };
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

/** Returns stages with an approval action. */
function approvalStages(): PipelineDeclaration['stages'] {
  const actionTypeId = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
  const [source] = threeStages().stages;
  return [
    source ?? {},
    { name: 'Testing', actions: [{ name: 'Approve', actionTypeId }] },
  ] as PipelineDeclaration['stages'];
}

async function waitForToken(client: CodePipelineClient, name: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name }));
      const token = stageStates?.[1]?.actionStates?.[0]?.latestExecution?.token;
      if (token === undefined) throw new Error('no token yet');
      return token;
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** Returns a function that runs `work` at most once. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let done: Promise<Result> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/** Quotas that a few calls exhaust. */
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
      if (pipelineExecutionSummaries?.[0]?.status !== 'Failed') throw new Error('not failed yet');
      return pipelineExecutionSummaries[0].pipelineExecutionId;
    },
    { timeout: 10_000, interval: 20 },
  );
  const transition = { ...named, transitionType: 'Inbound', reason: 'full' } as const;
  await client.send(new DisableStageTransitionCommand(transition));
  await concurrently(numbers(smallQuotas.quotaRunningExecutions), async () => {
    await client.send(new StartPipelineExecutionCommand({ name: 'Full' }));
  });
  return { ...named, pipelineExecutionId };
}

async function failAtGate(client: CodePipelineClient, { closes, starts }: { closes: boolean; starts: number }) {
  const [source, ...stages] = threeStages().stages;
  const named = { pipelineName: `Gated-${randomUUID()}`, stageName: 'Source' };
  // This rule is not supported, so it fails when it starts.
  const ruleTypeId = { category: 'Rule', owner: 'AWS', provider: 'CloudWatchAlarm', version: '1' } as const;
  const rules = [{ name: 'Calm', ruleTypeId, configuration: { AlarmName: 'any' } }];
  const gated = { name: 'Source', actions: [], ...source, beforeEntry: { conditions: [{ result: 'FAIL', rules }] } };
  const modes = { pipelineType: 'V2', executionMode: 'QUEUED' } as const;
  const pipeline = declared(named.pipelineName, { ...modes, stages: [gated, ...stages] as typeof stages });
  await client.send(new CreatePipelineCommand({ pipeline }));
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand(named));
  const transition = { ...named, transitionType: 'Inbound', reason: 'full' } as const;
  if (closes) await client.send(new DisableStageTransitionCommand(transition));
  await concurrently(numbers(starts), async () => {
    await client.send(new StartPipelineExecutionCommand({ name: named.pipelineName }));
  });
  const pipelineExecutionId = pipelineExecutionSummaries?.[0]?.pipelineExecutionId;
  return { ...named, pipelineExecutionId, conditionType: 'BEFORE_ENTRY' as const };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Creates the state on the server at `url`. */
export async function createErrorHarness(url: string): Promise<ErrorHarness> {
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
      // The scenario has one already.
      concurrently(numbers(smallQuotas.quotaCustomActionTypes - 1), async (index) => {
        await client.send(new CreateCustomActionTypeCommand({ ...customType, version: `f${index}` }));
      }),
    ),
    fillWebhooks: once(() =>
      concurrently(numbers(smallQuotas.quotaWebhooks), async (index) => {
        await client.send(new PutWebhookCommand({ webhook: { ...webhook, filters: [], name: `filler-${index}` } }));
      }),
    ),
    fillExecutions: once(() => fillExecutions(client)),
    failAtGate: (after) => failAtGate(client, after),
    async approve() {
      const named = { pipelineName: `Approval-${randomUUID()}`, stageName: 'Testing' };
      await client.send(
        new CreatePipelineCommand({ pipeline: declared(named.pipelineName, { stages: approvalStages() }) }),
      );
      const token = await waitForToken(client, named.pipelineName);
      const result = { status: 'Approved', summary: 'seen' } as const;
      await client.send(new PutApprovalResultCommand({ ...named, actionName: 'Approve', token, result }));
      return { ...named, token };
    },
    async outdate() {
      const pipeline = declared('Outdated');
      await client.send(new CreatePipelineCommand({ pipeline }));
      const named = { pipelineName: pipeline.name ?? '', stageName: 'Testing' };
      const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand(named));
      // An identical declaration would not create a version.
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
      concurrently(numbers(smallQuotas.quotaPollingPipelines), async (index) => {
        const pipeline = declared(`filler-${index}`, { stages: pollingStages() });
        await client.send(new CreatePipelineCommand({ pipeline }));
      }),
    ),
  };
}
