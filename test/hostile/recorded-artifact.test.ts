import {
  AcknowledgeJobCommand,
  CreateCustomActionTypeCommand,
  ListPipelineExecutionsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  RetryStageExecutionCommand,
  RollbackStageCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import {
  type ArtifactHome,
  artifactHomes,
  openApprovalStory,
  type Place,
  placeOf,
} from '../support/pipelines/approval-story.ts';
import { pipelineName, pollOne } from '../support/pipelines/scenario.ts';
import type { Keys, TestServer } from '../support/servers/server.ts';

const versioned = artifactHomes.filter(({ isVersioned }) => isVersioned);
const unversioned = artifactHomes.filter(({ isVersioned }) => !isVersioned);
const textOf = async (s3: S3Client, place: Place) =>
  (await s3.send(new GetObjectCommand(place))).Body?.transformToString();

/** Replaces the approved artifact as any caller with write access to the bucket can, without a job's credentials. */
const overwrite = (owner: S3Client, output: Place) => owner.send(new PutObjectCommand({ ...output, Body: 'evil' }));

test.each(versioned)('deploys the approved version, not the latest, $home', async (home) => {
  const story = await openApprovalStory(home);
  await story.write('draft');
  await story.write('good');
  await story.succeed();
  await overwrite(story.owner, story.output);
  await story.owner.send(new DeleteObjectCommand(story.output));
  await story.approve();
  await story.released('Succeeded');
  expect(await story.deployed()).toBe('good');
});

test.each(unversioned)('an artifact overwritten after its approval fails the deployment, $home', async (home) => {
  const story = await openApprovalStory(home);
  await story.write('good');
  await story.succeed();
  await overwrite(story.owner, story.output);
  await story.approve();
  const { code, message } = await story.released('Failed');
  expect(code).toBe('ConfigurationError');
  expect(message).toMatch(/input artifact s3:\/\/my-artifacts\/.*was overwritten after it was recorded/);
  expect(await story.deployed()).toBeUndefined();
});

test.each(artifactHomes)(
  'an artifact whose recorded content no longer exists fails the deployment, $home',
  async (home) => {
    const story = await openApprovalStory(home);
    await story.write('good');
    const { VersionId } = await story.owner.send(new HeadObjectCommand(story.output));
    await story.succeed();
    await story.owner.send(new DeleteObjectCommand({ ...story.output, VersionId }));
    await story.approve();
    const { code, message } = await story.released('Failed');
    expect(code).toBe('ConfigurationError');
    expect(message).toMatch(/recorded (version \w+|content \(ETag "\w+"\)) of .* no longer exists/);
  },
);

test.each(artifactHomes)(
  'an artifact that its action did not write does not exist for consumers, $home',
  async (home) => {
    const story = await openApprovalStory(home);
    await story.succeed();
    await overwrite(story.owner, story.output);
    await story.approve();
    expect(await story.released('Failed')).toMatchObject({ code: 'ConfigurationError', message: /does not exist/ });
    expect(await story.deployed()).toBeUndefined();
  },
);

const shipType = { category: 'Deploy', owner: 'Custom', provider: 'Ship', version: '1' } as const;

/** Runs the story up to the job of a second worker, which consumes the report; `meanwhile` runs before the approval. */
async function openConsumer(
  home: ArtifactHome,
  meanwhile: (story: Awaited<ReturnType<typeof openApprovalStory>>) => Promise<unknown>,
) {
  const ship = {
    name: 'ShipIt',
    actionTypeId: shipType,
    inputArtifacts: [{ name: 'TestReport' }],
    outputArtifacts: [{ name: 'Shipped' }],
  };
  const open = async () => {
    const server = await home.open();
    const artifacts = { minimumCount: 0, maximumCount: 5 };
    const { category, provider, version } = shipType;
    await server.codePipeline().send(
      new CreateCustomActionTypeCommand({
        category,
        provider,
        version,
        inputArtifactDetails: artifacts,
        outputArtifactDetails: artifacts,
      }),
    );
    return server;
  };
  const story = await openApprovalStory({ ...home, open }, [{ name: 'Shipping', actions: [ship] }]);
  await story.write('good');
  await story.server.codePipeline().send(
    new PutJobSuccessResultCommand({
      jobId: story.job.id,
      currentRevision: { revision: 'build-17', changeIdentifier: 'c' },
    }),
  );
  await meanwhile(story);
  await story.approve();
  return { story, ...(await takeShipment(story.server)) };
}

async function takeShipment(server: TestServer) {
  const client = server.codePipeline();
  const job = await pollOne(client, { actionTypeId: shipType });
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const s3 = server.s3(job.data.artifactCredentials as Keys);
  return { job, s3, input: placeOf(job.data.inputArtifacts), output: placeOf(job.data.outputArtifacts) };
}

test.each(versioned)("a later job's credentials read the recorded version by its key alone, $home", async (home) => {
  const { story, job, s3, input, output } = await openConsumer(home, ({ owner, output }) => overwrite(owner, output));
  expect(job.data.inputArtifacts?.[0]?.revision).toBe('build-17');
  expect(await textOf(s3, input)).toBe('good');
  const { VersionId } = await s3.send(new HeadObjectCommand(input));
  const latest = await story.owner.send(new HeadObjectCommand(input));
  expect(latest.VersionId).not.toBe(VersionId);
  expect(await textOf(s3, { ...input, VersionId } as Place)).toBe('good');
  const another = s3.send(new GetObjectCommand({ ...input, VersionId: latest.VersionId }));
  await expect(another).rejects.toMatchObject({ name: 'NoSuchVersion' });
  await s3.send(new CopyObjectCommand({ ...output, CopySource: `${input.Bucket}/${input.Key}` }));
  expect(await textOf(s3, output)).toBe('good');
  expect(await textOf(story.owner, input)).toBe('evil');
});

test.each(unversioned)("a later job's credentials cannot read other bytes than those recorded, $home", async (home) => {
  const { s3, input, output } = await openConsumer(home, ({ owner, output }) => overwrite(owner, output));
  const changed = { name: 'PreconditionFailed', message: /was overwritten after it was recorded/ };
  await expect(s3.send(new GetObjectCommand(input))).rejects.toMatchObject(changed);
  await expect(s3.send(new GetObjectCommand({ ...input, Range: 'bytes=1-' }))).rejects.toMatchObject(changed);
  await expect(s3.send(new HeadObjectCommand(input))).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  const copy = s3.send(new CopyObjectCommand({ ...output, CopySource: `${input.Bucket}/${input.Key}` }));
  await expect(copy).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

test.each(artifactHomes)(
  "a later job's credentials find nothing if the recorded content no longer exists, $home",
  async (home) => {
    const { s3, input } = await openConsumer(home, async ({ owner, output }) => {
      const { VersionId } = await owner.send(new HeadObjectCommand(output));
      await owner.send(new DeleteObjectCommand({ ...output, VersionId }));
    });
    const missing = { message: /no longer exists/, $metadata: { httpStatusCode: 404 } };
    await expect(s3.send(new GetObjectCommand(input))).rejects.toMatchObject(missing);
  },
);

test.each(artifactHomes)('an unchanged artifact can be read with conditions and ranges, $home', async (home) => {
  const { s3, input } = await openConsumer(home, async () => undefined);
  expect(await textOf(s3, input)).toBe('good');
  const { ETag } = await s3.send(new HeadObjectCommand(input));
  const known = s3.send(new GetObjectCommand({ ...input, IfNoneMatch: ETag }));
  await expect(known).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  const part = await s3.send(new GetObjectCommand({ ...input, Range: 'bytes=1-2' }));
  expect(await part.Body?.transformToString()).toBe('oo');
});

test('enabling versioning later does not hide content that was recorded before', async () => {
  const [home] = unversioned as [ArtifactHome];
  const { s3, input } = await openConsumer(home, async ({ owner, output }) => {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await owner.send(new PutBucketVersioningCommand({ Bucket: output.Bucket, VersioningConfiguration }));
    await overwrite(owner, output);
  });
  expect(await textOf(s3, input)).toBe('good');
});

test.each(versioned)('retry and rollback deploy the recorded version, $home', async (home) => {
  const { story, job, input } = await openConsumer(home, ({ owner, output }) => overwrite(owner, output));
  const client = story.server.codePipeline();
  const pipelineExecutionId = job.data.pipelineContext?.pipelineExecutionId ?? '';
  await client.send(
    new PutJobFailureResultCommand({ jobId: job.id, failureDetails: { type: 'JobFailed', message: 'again' } }),
  );
  await vi.waitFor(async () => {
    const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
    expect(pipelineExecutionSummaries?.[0]?.status).toBe('Failed');
  });
  await client.send(
    new RetryStageExecutionCommand({
      pipelineName,
      stageName: 'Shipping',
      pipelineExecutionId,
      retryMode: 'FAILED_ACTIONS',
    }),
  );
  const again = await takeShipment(story.server);
  expect(again.input).toEqual(input);
  expect(await textOf(again.s3, again.input)).toBe('good');
  await client.send(new PutJobSuccessResultCommand({ jobId: again.job.id }));
  await story.released('Succeeded');
  await story.owner.send(new PutObjectCommand({ Bucket: 'my-releases', Key: 'report.txt', Body: 'a later release' }));
  await client.send(
    new RollbackStageCommand({ pipelineName, stageName: 'Release', targetPipelineExecutionId: pipelineExecutionId }),
  );
  await expect.poll(() => story.deployed(), { timeout: 10_000 }).toBe('good');
});
