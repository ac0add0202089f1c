import {
  AcknowledgeJobCommand,
  GetJobDetailsCommand,
  GetPipelineStateCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  jenkinsQuery,
  jenkinsType,
  pipelineName,
  placeOf,
  pollOne,
  startStory,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { putSignedChunks } from '../../support/requests/signed-chunks.ts';
import { type Keys, serve } from '../../support/servers/server.ts';

const mebibyte = 1024 * 1024;
const partBytes = 5 * mebibyte;
/** Splits a body into chunks like the Java SDK. */
const chunkBytes = 128 * 1024;

const pollOnce = { actionTypeId: jenkinsType, queryParam: jenkinsQuery, maxBatchSize: 1 };

function cut(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

test("a build of the Jenkins plugin: late acknowledgement, details twice, a report in parts under 'aws:kms'", async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const job = await pollOne(client, pollOnce);
  // The build waits for a free executor longer than the lease of the delivery.
  server.clock.advance(60_000);
  const acknowledged = await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  expect(acknowledged).toMatchObject({ status: 'InProgress' });
  expect((await client.send(new PollForJobsCommand(pollOnce))).jobs).toEqual([]);

  const readDetails = async () => {
    // Each time with a new client, like the plugin.
    const { jobDetails } = await server.codePipeline().send(new GetJobDetailsCommand({ jobId: job.id }));
    return { data: jobDetails?.data, keys: jobDetails?.data?.artifactCredentials as Keys };
  };
  const forInput = await readDetails();
  const input = placeOf(forInput.data?.inputArtifacts);
  const source = await server.s3(forInput.keys).send(new GetObjectCommand(input));
  expect(await source.Body?.transformToString()).toBe('the source');

  const { data, keys } = await readDetails();
  const output = placeOf(data?.outputArtifacts);
  const s3 = server.s3(keys);
  const created = await s3.send(
    new CreateMultipartUploadCommand({
      ...output,
      ContentType: 'application/zip',
      ServerSideEncryption: 'aws:kms',
    }),
  );
  const { UploadId = '' } = created;
  const report = Buffer.alloc(2 * partBytes + mebibyte, 'test report ');
  const Parts = await Promise.all(
    cut(report, partBytes).map(async (part, index) => {
      const answer = await putSignedChunks(server.url, {
        path: `/${output.Bucket}/${output.Key}`,
        query: `partNumber=${index + 1}&uploadId=${UploadId}`,
        chunks: cut(part, chunkBytes),
        keys,
        at: server.clock.now(),
      });
      expect(answer.status).toBe(200);
      return { PartNumber: index + 1, ETag: String(answer.headers.etag) };
    }),
  );
  await s3.send(new CompleteMultipartUploadCommand({ ...output, UploadId, MultipartUpload: { Parts } }));
  const executionDetails = { externalExecutionId: '12', summary: 'Finished' };
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id, executionDetails }));

  // The next action received exactly that object.
  await waitForStatus(client, executionId, 'Succeeded');
  const released = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(Buffer.from((await released.Body?.transformToByteArray()) ?? []).equals(report)).toBe(true);
  expect(await server.s3().send(new HeadObjectCommand(output))).toMatchObject({
    ContentType: 'application/zip',
    ServerSideEncryption: 'aws:kms',
  });
  await server.s3(forInput.keys).send(new HeadObjectCommand(input));
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[1]?.actionStates?.[0]?.latestExecution).toMatchObject(executionDetails);
});

test('a second Jenkins that polled the same job cannot acknowledge it; a failed build fails the action', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const first = await pollOne(client, pollOnce);
  server.clock.advance(60_000);
  const second = await pollOne(client, pollOnce);
  expect(second.id).toBe(first.id);
  await client.send(new AcknowledgeJobCommand({ jobId: first.id, nonce: first.nonce }));
  const late = client.send(new AcknowledgeJobCommand({ jobId: second.id, nonce: second.nonce }));
  await expect(late).rejects.toMatchObject({ name: 'InvalidNonceException' });
  const failureDetails = { type: 'JobFailed', message: 'Failed', externalExecutionId: '13' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: first.id, failureDetails }));
  await waitForStatus(client, executionId, 'Failed');
});
