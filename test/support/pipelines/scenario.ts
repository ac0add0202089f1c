import {
  type ActionDeclaration,
  type Artifact,
  type CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  type Job,
  ListPipelineExecutionsCommand,
  PollForJobsCommand,
  type PollForJobsCommandInput,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { expect, vi } from 'vitest';
import { account } from '../servers/server.ts';

/** The action type in the API reference's sample call. */
export const jenkinsType = {
  category: 'Test',
  owner: 'Custom',
  provider: 'JenkinsProviderName',
  version: '1',
} as const;
export const jenkinsQuery = { ProjectName: 'JenkinsTestProject' };
export const poll: PollForJobsCommandInput = { actionTypeId: jenkinsType, queryParam: jenkinsQuery, maxBatchSize: 10 };
export const sourceKey = 'app.zip';
export const pipelineName = 'MySecondPipeline';

/** Creates the reference's action type, with a secret property added. */
export async function registerJenkins(client: CodePipelineClient): Promise<void> {
  await client.send(
    new CreateCustomActionTypeCommand({
      category: 'Test',
      provider: 'JenkinsProviderName',
      version: '1',
      configurationProperties: [
        { name: 'ProjectName', required: true, key: true, secret: false, queryable: true },
        { name: 'Token', required: false, key: false, secret: true },
        { name: 'Note', required: false, key: false, secret: false },
      ],
      inputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
    }),
  );
}

/** Creates the buckets of the scenario and a source object in the versioned one. */
export async function prepareBuckets(s3: S3Client, source: Buffer | string = 'the source'): Promise<void> {
  for (const Bucket of ['my-source', 'my-artifacts', 'my-releases']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: 'my-source', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  await s3.send(new PutObjectCommand({ Bucket: 'my-source', Key: sourceKey, Body: source }));
}

export const sourceAction: ActionDeclaration = {
  name: 'Source',
  actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' },
  configuration: { S3Bucket: 'my-source', S3ObjectKey: sourceKey, PollForSourceChanges: 'false' },
  outputArtifacts: [{ name: 'MyAppBuild' }],
  namespace: 'SourceVariables',
};

export const testAction: ActionDeclaration = {
  name: 'JenkinsTestAction',
  actionTypeId: jenkinsType,
  configuration: { ProjectName: 'JenkinsTestProject' },
  inputArtifacts: [{ name: 'MyAppBuild' }],
  outputArtifacts: [{ name: 'TestReport' }],
};

export const deployAction: ActionDeclaration = {
  name: 'Publish',
  actionTypeId: { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' },
  configuration: { BucketName: 'my-releases', Extract: 'false', ObjectKey: 'report.txt' },
  inputArtifacts: [{ name: 'TestReport' }],
};

/** Returns a pipeline with a source, a test by a custom worker, and a deployment. */
export function threeStages(test: ActionDeclaration = testAction, deploy: ActionDeclaration = deployAction) {
  return {
    name: pipelineName,
    roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
    artifactStore: { type: 'S3' as const, location: 'my-artifacts' },
    stages: [
      { name: 'Source', actions: [sourceAction] },
      { name: 'Testing', actions: [test] },
      { name: 'Release', actions: [deploy] },
    ],
  };
}

/** Returns the pipeline with another role, which UpdatePipeline turns into a new version. */
export function otherVersion(pipeline = threeStages()) {
  return { ...pipeline, roleArn: `arn:aws:iam::${account}:role/other-role` };
}

/** Creates and starts the pipeline until its test job is queued; returns the id of the first execution. */
export async function startStory(
  codePipeline: CodePipelineClient,
  s3: S3Client,
  pipeline = threeStages(),
): Promise<string> {
  await registerJenkins(codePipeline);
  await prepareBuckets(s3);
  await codePipeline.send(new CreatePipelineCommand({ pipeline }));
  const { pipelineExecutionSummaries } = await codePipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName: pipeline.name }),
  );
  return pipelineExecutionSummaries?.[0]?.pipelineExecutionId ?? '';
}

/** Polls until there is a job. */
export async function pollOne(
  client: CodePipelineClient,
  input: PollForJobsCommandInput = poll,
): Promise<Required<Job>> {
  return vi.waitFor(
    async () => {
      const { jobs } = await client.send(new PollForJobsCommand({ ...input, maxBatchSize: 1 }));
      expect(jobs).toHaveLength(1);
      return jobs?.[0] as Required<Job>;
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** Waits until the execution has this status. */
export async function waitForStatus(client: CodePipelineClient, executionId: string, status: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { pipelineExecution } = await client.send(
        new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: executionId }),
      );
      expect(pipelineExecution?.status).toBe(status);
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** Waits until only this execution is waiting for a stage, by default the second one. */
export async function waitForInbound(client: CodePipelineClient, executionId: string, stageIndex = 1): Promise<void> {
  await vi.waitFor(
    async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
      const waiting = stageStates?.[stageIndex]?.inboundExecutions ?? [];
      expect(waiting.map(({ pipelineExecutionId }) => pipelineExecutionId)).toEqual([executionId]);
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** Starts another execution. */
export async function startAgain(client: CodePipelineClient): Promise<string> {
  const { pipelineExecutionId } = await client.send(new StartPipelineExecutionCommand({ name: pipelineName }));
  return pipelineExecutionId ?? '';
}

/** Returns the location of a job's artifact in the form of S3's commands. */
export function placeOf(artifacts: Artifact[] | undefined, index = 0): { Bucket: string; Key: string } {
  const { bucketName = '', objectKey = '' } = artifacts?.[index]?.location?.s3Location ?? {};
  return { Bucket: bucketName, Key: objectKey };
}
