// What the credentials of a job allow, and what they don't.
import { GetPipelineStateCommand, PollForJobsCommand } from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { expectEqual, expectRefusal } from './expectation.mjs';
import { buckets, pipelineName, projectName, sourceKey, testType } from './set-up.mjs';

/** Tries what a worker must not do with the credentials of its job; every attempt has to be denied. */
export async function tourCredentials({ s3, timeline }, job) {
  // The other key exists, so a denial doesn't just mean that there is no object.
  const neighbour = { Bucket: buckets.artifacts, Key: 'another-job/secrets.zip' };
  await s3.send(new PutObjectCommand({ ...neighbour, Body: 'not for this job' }));
  // Functions, so that no promise rejects before it is awaited.
  const theirs = (command) => () => job.s3.send(command);
  const { Bucket, Key } = job.input;
  const tries = [
    ['reading another key of the same bucket', theirs(new GetObjectCommand(neighbour))],
    ['listing the bucket', theirs(new ListObjectsV2Command({ Bucket }))],
    ['overwriting the input', theirs(new PutObjectCommand({ Bucket, Key, Body: 'forged' }))],
    [
      'writing beside the output',
      theirs(new PutObjectCommand({ ...job.output, Key: `${job.output.Key}.2`, Body: 'x' })),
    ],
    ['reading the source bucket', theirs(new GetObjectCommand({ Bucket: buckets.source, Key: sourceKey }))],
  ];
  timeline.log('worker', 'tried the credentials of the job on other things');
  for (const [what, call] of tries) {
    timeline.refused(what, await expectRefusal(`With the job's credentials, ${what}`, 'AccessDenied', call()));
  }
  const query = { actionTypeId: testType, queryParam: { ProjectName: projectName } };
  const calls = [
    ['PollForJobs', () => job.codepipeline.send(new PollForJobsCommand(query))],
    ['GetPipelineState', () => job.codepipeline.send(new GetPipelineStateCommand({ name: pipelineName }))],
  ];
  for (const [what, call] of calls) {
    timeline.refused(what, await expectRefusal(`With the job's credentials, ${what}`, 'AccessDeniedException', call()));
  }
  const { Body } = await s3.send(new GetObjectCommand(neighbour));
  expectEqual('The neighbouring object afterwards', await Body.transformToString(), 'not for this job');
}
