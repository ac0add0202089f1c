// A job worker small enough to copy: poll, acknowledge, download, upload, report. It only uses the SDK, as with AWS. The
// demo uses its parts; `node examples/demo/job-worker.mjs` runs it on the pipeline of the main README until Ctrl-C.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  AcknowledgeJobCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createClients } from './aws-clients.mjs';
import { expectEqual, expectMatch, expectRefusal, waitFor } from './expectation.mjs';
import { pipelineName, projectName, testType } from './set-up.mjs';
import { readVersion, runTests } from './test-run.mjs';
import { createTimeline, inMs, shorten } from './timeline.mjs';
import { unzipInto, zipFiles } from './zip-archive.mjs';

/** Polls once; a worker that gets no job polls again after a while. */
export async function poll({ codepipeline }, value = projectName) {
  const input = { actionTypeId: testType, maxBatchSize: 1, queryParam: { ProjectName: value } };
  const { jobs = [] } = await codepipeline.send(new PollForJobsCommand(input));
  return jobs;
}

/** Polls until a job is offered; returns it with the number of polls. */
export async function pollUntilOffered(story) {
  let pollCount = 0;
  const look = async () => {
    pollCount += 1;
    const [job] = await poll(story);
    return job;
  };
  const job = await waitFor('PollForJobs offers a job', look, { signal: story.signal });
  return { job, pollCount };
}

/** Prints a delivery and checks that it is the expected one. */
export function showJob({ timeline }, job, { executionId, versionId }) {
  const { actionConfiguration, artifactCredentials, inputArtifacts, outputArtifacts, pipelineContext } = job.data;
  expectMatch('The id of the job', job.id, /^[0-9a-f-]{36}$/);
  expectEqual('The configuration in the job', actionConfiguration.configuration, { ProjectName: projectName });
  expectEqual('The pipeline in the job', pipelineContext.pipelineName, pipelineName);
  expectEqual('The execution in the job', pipelineContext.pipelineExecutionId, executionId);
  expectEqual('The number of artifacts', [inputArtifacts.length, outputArtifacts.length], [1, 1]);
  expectEqual('The revision of the input', inputArtifacts[0].revision, versionId);
  const place = ({ location: { s3Location } }) => `${s3Location.bucketName}/${s3Location.objectKey}`;
  const { accessKeyId, sessionToken } = artifactCredentials;
  timeline.detail(`job ${shorten(job.id)}, nonce ${job.nonce}, account ${job.accountId}`);
  timeline.detail(`${pipelineContext.stage.name} / ${pipelineContext.action.name} of ${pipelineContext.pipelineArn}`);
  timeline.detail(`configuration  ProjectName=${actionConfiguration.configuration.ProjectName}`);
  timeline.detail(`input          ${inputArtifacts[0].name} = ${place(inputArtifacts[0])}`);
  timeline.detail(`output         ${outputArtifacts[0].name} = ${place(outputArtifacts[0])} (to be written)`);
  timeline.detail(`credentials    ${shorten(accessKeyId)} and a session token of ${sessionToken.length} characters`);
}

/** Checks that nobody can acknowledge a job without its nonce. */
export async function acknowledgeWithAnotherNonce({ codepipeline, timeline }, { id, nonce }) {
  const call = codepipeline.send(new AcknowledgeJobCommand({ jobId: id, nonce: `${nonce}1` }));
  const code = await expectRefusal('AcknowledgeJob with another nonce', 'InvalidNonceException', call);
  timeline.log('worker B', 'tried to acknowledge that job anyway');
  timeline.refused(`AcknowledgeJob with the nonce ${nonce}1`, code);
}

/** Acknowledges a delivery with its nonce. */
export async function acknowledge({ codepipeline, timeline }, { id, nonce }) {
  const askedAt = timeline.elapsedMs();
  const { status } = await codepipeline.send(new AcknowledgeJobCommand({ jobId: id, nonce }));
  expectEqual('The status after AcknowledgeJob', status, 'InProgress');
  timeline.log('worker', `acknowledged the job: ${status} (${inMs(timeline.elapsedMs() - askedAt)})`);
}

/** Returns S3 clients with the job's own credentials, and the locations of its artifacts. */
export function openJob(job) {
  const location = ([artifact]) => {
    const { bucketName, objectKey } = artifact.location.s3Location;
    return { Bucket: bucketName, Key: objectKey };
  };
  const { artifactCredentials, inputArtifacts, outputArtifacts } = job.data;
  return {
    ...createClients(artifactCredentials),
    input: location(inputArtifacts),
    output: location(outputArtifacts),
  };
}

/** Downloads the job's input with the job's credentials and unpacks it into a new folder; returns the folder. */
export async function fetchInput({ timeline }, { s3, input }, folder) {
  const askedAt = timeline.elapsedMs();
  const { Body } = await s3.send(new GetObjectCommand(input));
  const bytes = await Body.transformToByteArray();
  const ms = timeline.elapsedMs() - askedAt;
  await mkdir(folder, { recursive: true });
  const paths = await unzipInto(folder, bytes);
  timeline.log('worker', `downloaded the input with the job's credentials: ${bytes.length} bytes (${inMs(ms)})`);
  timeline.detail(paths.join(', '));
  return Buffer.from(bytes);
}

/** Packs files into a zip archive and uploads it to the job's output location. */
export async function storeOutput({ timeline }, { s3, output }, files) {
  const Body = await zipFiles(new Map(Object.entries(files)));
  const askedAt = timeline.elapsedMs();
  await s3.send(new PutObjectCommand({ ...output, Body, ContentType: 'application/zip' }));
  const ms = timeline.elapsedMs() - askedAt;
  const names = Object.keys(files).join(', ');
  timeline.log(
    'worker',
    `uploaded the output with the job's credentials: ${names}, ${Body.length} bytes (${inMs(ms)})`,
  );
}

/** Reports success. */
export async function succeed({ codepipeline, timeline }, { id }, { executionDetails, outputVariables }) {
  await codepipeline.send(new PutJobSuccessResultCommand({ jobId: id, executionDetails, outputVariables }));
  timeline.log('worker', `PutJobSuccessResult: "${executionDetails.summary}"`);
  timeline.detail(
    Object.entries(outputVariables)
      .map(([name, value]) => `${name}=${value}`)
      .join('  '),
  );
}

/** Reports a failure; the message appears in the pipeline's state. */
export async function fail({ codepipeline, timeline }, { id }, { message, externalExecutionId }) {
  const failureDetails = { type: 'JobFailed', message, externalExecutionId };
  await codepipeline.send(new PutJobFailureResultCommand({ jobId: id, failureDetails }));
  timeline.log('worker', 'PutJobFailureResult: JobFailed, with the last lines of the test run');
}

/** Runs jobs one at a time until it is stopped; a job that has begun is finished first. */
async function takeJobs(story) {
  while (!story.signal.aborted) {
    const [job] = await poll(story);
    if (job) await perform(story, job);
    else await pause(1000, undefined, { signal: story.signal }).catch(() => undefined);
  }
}

/** Runs one job from acknowledgement to result: tests the input and uploads the report. */
async function perform(story, job) {
  await acknowledge(story, job);
  const folder = await mkdtemp(join(tmpdir(), 'job-worker-'));
  try {
    const project = join(folder, 'project');
    const opened = openJob(job);
    await fetchInput(story, opened, project);
    const tests = await runTests(project, { reportFile: join(folder, 'report.tap') });
    const counts = `${tests.passedCount} of ${tests.testCount} tests passed`;
    if (tests.exitCode !== 0) {
      await fail(story, job, { message: `${counts}\n${tests.lastLines}`, externalExecutionId: job.id });
      return;
    }
    await storeOutput(story, opened, { 'report.tap': tests.report });
    await succeed(story, job, {
      executionDetails: { summary: counts, externalExecutionId: job.id, percentComplete: 100 },
      outputVariables: { ProjectVersion: await readVersion(project), TestCount: String(tests.testCount) },
    });
  } catch (error) {
    // Report every outcome: otherwise the pipeline waits a day for a result.
    await fail(story, job, { message: `The worker failed: ${error.message}`, externalExecutionId: job.id });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopping.abort());
  const timeline = createTimeline({ stream: process.stdout, environment: process.env });
  await takeJobs({ ...createClients(), timeline, signal: stopping.signal });
}
