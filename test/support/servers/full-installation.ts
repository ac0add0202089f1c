import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  CreatePipelineCommand,
  DisableStageTransitionCommand,
  type ExecutionMode,
  GetPipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  type Job,
  ListActionExecutionsCommand,
  ListActionTypesCommand,
  ListPipelineExecutionsCommand,
  ListPipelinesCommand,
  ListRuleExecutionsCommand,
  ListTagsForResourceCommand,
  ListWebhooksCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  PutWebhookCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CreateMultipartUploadCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, vi } from 'vitest';
import { readBuilds, storeBuild } from '../builds/stored-build.ts';
import {
  jenkinsType,
  pollOne,
  prepareBuckets,
  registerJenkins,
  testAction,
  threeStages,
} from '../pipelines/scenario.ts';
import { createPartnerClient, registerPartner } from '../pipelines/third-party.ts';
import { openHook } from '../pipelines/webhook-events.ts';
import { callOwn, createKey } from '../requests/own-api.ts';
import { account, type Keys, region } from './server.ts';

/** The URL of a server and its clients. */
export interface Clients {
  url: string;
  codePipeline: CodePipelineClient;
  s3: S3Client;
}

const modes: ExecutionMode[] = ['SUPERSEDED', 'QUEUED', 'PARALLEL'];
const approvalType = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;

/** Returns the poll for the jobs of one pipeline. */
const pollOf = (mode: string) => ({ actionTypeId: jenkinsType, queryParam: { ProjectName: mode } });

/** Returns a pipeline named after its mode: source, a test by a worker, and a release that needs approval. */
function pipelineIn(mode: ExecutionMode) {
  const test = { ...testAction, configuration: { ProjectName: mode, Token: 'hidden' } };
  const [source, testing, release] = threeStages(test).stages;
  const ask = { name: 'Ask', actionTypeId: approvalType, runOrder: 1 };
  const publish = { ...release?.actions[0], runOrder: 2 } as typeof test;
  return {
    ...threeStages(test),
    name: mode,
    pipelineType: 'V2' as const,
    executionMode: mode,
    stages: [source, testing, { name: 'Release', actions: [ask, publish] }].map(
      (stage) => stage as NonNullable<typeof stage>,
    ),
  };
}

/** A job that a worker has acknowledged. */
export interface HeldJob {
  job: Required<Job>;
  keys: Keys;
  output: { Bucket: string; Key: string };
}

/**
 * Fills a server with everything an installation has: pipelines in each mode with history, with a pending approval,
 * an acknowledged job and a queued one; custom types and partners; keys, tags, webhooks; a project and a build; objects,
 * versions and uploads. Returns the acknowledged job.
 */
export async function fillInstallation({ url, codePipeline: client, s3 }: Clients): Promise<HeldJob> {
  await registerJenkins(client);
  await prepareBuckets(s3);
  await fillObjects(s3);
  await registerPartner(url);
  await createPartnerClient(url);
  await storeBuild(url);
  await createKey(url, 'dashboard', ['codepipeline:List*']);
  let held: Required<Job> | undefined;
  for (const mode of modes) {
    const tags = [{ key: 'mode', value: mode }];
    await client.send(new CreatePipelineCommand({ pipeline: pipelineIn(mode), tags }));
    held = await runSome(client, mode);
  }
  await client.send(
    new DisableStageTransitionCommand({
      pipelineName: 'QUEUED',
      stageName: 'Release',
      transitionType: 'Inbound',
      reason: 'freeze',
    }),
  );
  const webhook = {
    name: 'Hook',
    targetPipeline: 'SUPERSEDED',
    targetAction: 'Source',
    authentication: 'UNAUTHENTICATED',
  };
  await client.send(
    new PutWebhookCommand({ webhook: { ...webhook, ...openHook, authentication: 'UNAUTHENTICATED' } as never }),
  );
  if (!held) throw new Error('no job was taken');
  await callOwn(url, 'PutJobLog', { jobId: held.id, text: 'half way\n' });
  const { bucketName: Bucket = '', objectKey: Key = '' } = held.data.outputArtifacts?.[0]?.location?.s3Location ?? {};
  return { job: held, keys: held.data.artifactCredentials as Keys, output: { Bucket, Key } };
}

async function fillObjects(s3: S3Client): Promise<void> {
  for (const Body of ['first', 'second', 'ü\u{1F600}']) {
    await s3.send(new PutObjectCommand({ Bucket: 'my-source', Key: 'a key/ü', Body, Metadata: { note: 'kept' } }));
  }
  const TagSet = [{ Key: 'colour', Value: 'green' }];
  await s3.send(new PutObjectTaggingCommand({ Bucket: 'my-source', Key: 'a key/ü', Tagging: { TagSet } }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket: 'my-releases', Key: 'unfinished' }));
}

/** Starts four executions: a failed one, and ones with a pending approval, an acknowledged job and a queued job. */
async function runSome(client: CodePipelineClient, mode: string): Promise<Required<Job>> {
  const start = () => client.send(new StartPipelineExecutionCommand({ name: mode }));
  const take = () => pollOne(client, pollOf(mode));
  const failureDetails = { type: 'JobFailed', message: 'two tests are red: ü' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: (await take()).id, failureDetails }));
  await start();
  await client.send(new PutJobSuccessResultCommand({ jobId: (await take()).id, outputVariables: { Count: '2' } }));
  await start();
  const held = await take();
  await client.send(new AcknowledgeJobCommand({ jobId: held.id, nonce: held.nonce }));
  await start();
  return held;
}

/** Returns the responses of all read operations by name, without the parts of job lists that change with time. */
export async function readInstallation({ url, codePipeline: client, s3 }: Clients): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {
    pipelines: await client.send(new ListPipelinesCommand({})),
    actionTypes: await client.send(new ListActionTypesCommand({})),
    webhooks: await client.send(new ListWebhooksCommand({})),
    buckets: await s3.send(new ListBucketsCommand({})),
    keys: await callOwn(url, 'ListAccessKeys', {}),
    partners: await callOwn(url, 'ListRegisteredActionTypes', {}),
    clients: await callOwn(url, 'ListThirdPartyClients', { actionType: 'Test/ThirdParty/Acme/1' }),
    jobs: await callOwn(url, 'ListJobs', {}),
    builds: await readBuilds(url),
    uploads: await s3.send(new ListMultipartUploadsCommand({ Bucket: 'my-releases' })),
  };
  for (const Bucket of ['my-source', 'my-artifacts', 'my-releases']) {
    answers[Bucket] = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  }
  for (const name of modes) Object.assign(answers, await readPipeline(client, name));
  return JSON.parse(JSON.stringify(answers, (key, value) => (/^\$metadata|AgeSeconds$/.test(key) ? undefined : value)));
}

/** Waits until every execution is waiting. */
export async function settleInstallation({ codePipeline: client }: Clients): Promise<void> {
  for (const mode of modes) {
    await vi.waitFor(
      async () => {
        const { actionExecutionDetails = [] } = await client.send(
          new ListActionExecutionsCommand({ pipelineName: mode }),
        );
        const sources = actionExecutionDetails.filter(({ actionName }) => actionName === 'Source');
        expect(sources.map(({ status }) => status)).toEqual(Array(4).fill('Succeeded'));
        const { jobs } = await client.send(new PollForJobsCommand(pollOf(mode)));
        // The queued job; in modes with one execution per stage, the execution waits instead.
        expect(jobs).toHaveLength(mode === 'PARALLEL' ? 1 : 0);
      },
      { timeout: 10_000, interval: 20 },
    );
  }
}

async function readPipeline(client: CodePipelineClient, name: string): Promise<Record<string, unknown>> {
  const pipelineName = name;
  const executions = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  const ids = (executions.pipelineExecutionSummaries ?? []).map(({ pipelineExecutionId }) => pipelineExecutionId);
  return {
    [`${name} declaration`]: await client.send(new GetPipelineCommand({ name })),
    [`${name} state`]: await client.send(new GetPipelineStateCommand({ name })),
    [`${name} executions`]: executions,
    [`${name} actions`]: await client.send(new ListActionExecutionsCommand({ pipelineName })),
    [`${name} rules`]: await client.send(new ListRuleExecutionsCommand({ pipelineName })),
    [`${name} tags`]: await client.send(
      new ListTagsForResourceCommand({ resourceArn: `arn:aws:codepipeline:${region}:${account}:${name}` }),
    ),
    [`${name} details`]: await Promise.all(
      ids.map((pipelineExecutionId) =>
        client.send(new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId })),
      ),
    ),
  };
}
