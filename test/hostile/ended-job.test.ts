import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  DeletePipelineCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { type ApprovalStory, artifactHomes, openApprovalStory } from '../support/pipelines/approval-story.ts';
import { pipelineName } from '../support/pipelines/scenario.ts';

const refused = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

/** Starts a multipart upload that only needs to be completed. */
async function beginUpload({ worker, output }: ApprovalStory) {
  const { UploadId } = await worker.send(new CreateMultipartUploadCommand(output));
  const { ETag } = await worker.send(new UploadPartCommand({ ...output, UploadId, PartNumber: 1, Body: 'evil' }));
  return { ...output, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
}

/** Returns every call that could overwrite the output with the job's credentials. */
async function expectNoWrite(story: ApprovalStory, begun: Awaited<ReturnType<typeof beginUpload>>): Promise<void> {
  const { worker, input, output } = story;
  const { UploadId } = begun;
  await expect(story.write('evil')).rejects.toMatchObject(refused);
  await expect(worker.send(new CompleteMultipartUploadCommand(begun))).rejects.toMatchObject(refused);
  const source = { CopySource: `${input.Bucket}/${input.Key}` };
  await expect(worker.send(new CopyObjectCommand({ ...output, ...source }))).rejects.toMatchObject(refused);
  await expect(worker.send(new CreateMultipartUploadCommand(output))).rejects.toMatchObject(refused);
  const part = { ...output, UploadId, PartNumber: 2, Body: 'evil' };
  await expect(worker.send(new UploadPartCommand(part))).rejects.toMatchObject(refused);
}

test.each(artifactHomes)(
  'the credentials of an ended build cannot overwrite what a reviewer approved, $home',
  async (home) => {
    const story = await openApprovalStory(home);
    const begun = await beginUpload(story);
    await story.write('good');
    await story.succeed();
    await expectNoWrite(story, begun);
    // Reading its output ends with the job too; its input stays readable until the credentials expire.
    await expect(story.worker.send(new GetObjectCommand(story.output))).rejects.toMatchObject(refused);
    await expect(story.worker.send(new HeadObjectCommand(story.output))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    await story.worker.send(new GetObjectCommand(story.input));
    await story.approve();
    await story.released('Succeeded');
    expect(await story.deployed()).toBe('good');
  },
);

const otherEnds: Record<string, (story: ApprovalStory) => Promise<unknown>> = {
  'a failure': ({ server, job }) =>
    server
      .codePipeline()
      .send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails: { type: 'JobFailed', message: 'no' } })),
  'a continuation': ({ server, job }) =>
    server.codePipeline().send(new PutJobSuccessResultCommand({ jobId: job.id, continuationToken: 'more' })),
  'a stop that abandons': ({ server, job }) =>
    server.codePipeline().send(
      new StopPipelineExecutionCommand({
        pipelineName,
        pipelineExecutionId: job.data.pipelineContext?.pipelineExecutionId,
        abandon: true,
      }),
    ),
  'the deletion of the pipeline': ({ server }) =>
    server.codePipeline().send(new DeletePipelineCommand({ name: pipelineName })),
};

test.each(artifactHomes.flatMap((home) => Object.entries(otherEnds).map(([end, bring]) => ({ ...home, end, bring }))))(
  '$end ends the right to write, $home',
  async ({ bring, ...home }) => {
    const story = await openApprovalStory(home);
    const begun = await beginUpload(story);
    await bring(story);
    await expectNoWrite(story, begun);
  },
);

test('with stop-and-wait the running build keeps its rights until it reports', async () => {
  const [home] = artifactHomes as [(typeof artifactHomes)[0]];
  const story = await openApprovalStory(home);
  const pipelineExecutionId = story.job.data.pipelineContext?.pipelineExecutionId;
  await story.server.codePipeline().send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId }));
  await story.write('good');
  await story.succeed();
  await expect(story.write('evil')).rejects.toMatchObject(refused);
});

test.each(artifactHomes)('a body that completes after its job has ended is not stored, $home', async (home) => {
  const story = await openApprovalStory(home);
  const { worker, owner, output, server } = story;
  await story.write('good');
  const half = Buffer.alloc(3 * 1024 * 1024, 'e');
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isHalfSent = () => {};
  const halfSent = new Promise<void>((resolve) => {
    isHalfSent = resolve;
  });
  async function* slowly() {
    yield half;
    isHalfSent();
    await gate;
    yield half;
  }
  const put = worker.send(
    new PutObjectCommand({ ...output, Body: Readable.from(slowly()), ContentLength: 2 * half.length }),
  );
  const outcome = expect(put).rejects.toMatchObject(refused);
  await halfSent;
  // Accepted: the right existed when the request began.
  const holder = 'store' in server ? (server.store as typeof server) : server;
  const drafts = () => readdir(join(holder.folder, 'objects', 'incoming'));
  await expect.poll(drafts, { timeout: 10_000 }).toHaveLength(1);
  await story.succeed();
  letGo();
  await outcome;
  const kept = await owner.send(new GetObjectCommand(output));
  expect(await kept.Body?.transformToString()).toBe('good');
  await expect.poll(drafts).toEqual([]);
});
