// The first execution: tests pass, and their report is deployed.
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { tourCredentials } from './credential-tour.mjs';
import { expectEqual } from './expectation.mjs';
import {
  acknowledge,
  acknowledgeWithAnotherNonce,
  fetchInput,
  openJob,
  poll,
  pollUntilOffered,
  showJob,
  storeOutput,
  succeed,
} from './job-worker.mjs';
import { checkRevision, listActions, newestExecutionId, waitForAction, waitForEnd } from './observer.mjs';
import { buckets } from './set-up.mjs';
import { readVersion, runTests } from './test-run.mjs';
import { inMs, shorten } from './timeline.mjs';

/** Runs the execution that CreatePipeline started; returns a row for the summary. */
export async function playFirstRun(story, upload, uploadedAt) {
  const { timeline, hops, folder, signal } = story;
  const { versionId } = upload;
  const executionId = await newestExecutionId(story);
  await waitForAction(story, executionId, 'UnitTests');
  const queuedMs = timeline.elapsedMs() - uploadedAt;
  hops.push(['upload → job waits for a worker', queuedMs]);
  timeline.log('pipeline', `execution ${shorten(executionId)}: source copied, a job waits for a worker`);
  timeline.hop('upload → job waits for a worker', queuedMs);

  const job = await receiveJob(story, { executionId, versionId });
  await acknowledge(story, job);
  const opened = openJob(job);
  const work = join(folder, 'first-run');
  expectEqual('The bytes of the input', await fetchInput(story, opened, work), upload.bytes);
  timeline.opened('reading the input');
  await tourCredentials(story, opened);

  const tests = await runTests(work, { reportFile: join(folder, 'first-report.tap'), signal });
  expectEqual('The exit code of node --test', tests.exitCode, 0);
  expectEqual('Tests, passed, failed', [tests.testCount, tests.passedCount, tests.failedCount], [7, 7, 0]);
  timeline.log('worker', `ran node --test: ${tests.passedCount} of ${tests.testCount} passed (${inMs(tests.ms)})`);

  const summary = { versionId, executionId, tests: tests.testCount, passed: tests.passedCount, failed: 0 };
  const files = { 'report.tap': tests.report, 'summary.json': `${JSON.stringify(summary, null, 2)}\n` };
  await storeOutput(story, opened, files);
  timeline.opened('writing the output');

  const projectVersion = await readVersion(work);
  await succeed(story, job, {
    executionDetails: { summary: `${tests.passedCount} tests passed`, externalExecutionId: '1', percentComplete: 100 },
    outputVariables: { ProjectVersion: projectVersion, TestCount: String(tests.testCount) },
  });
  const reportedAt = timeline.elapsedMs();
  const execution = await waitForEnd(story, executionId, 'Succeeded');
  const deployedMs = timeline.elapsedMs() - reportedAt;
  hops.push(['last result → report deployed', deployedMs]);
  timeline.log('pipeline', `execution ${shorten(executionId)}: Succeeded`);
  timeline.hop('last result → report deployed', deployedMs);

  checkRevision(execution, upload);
  await checkHistory(story, executionId, projectVersion);
  const place = await checkDeployment(story, { projectVersion, files });
  return ['1', 'CreatePipeline', shorten(versionId), '7 of 7 passed', 'Succeeded', place];
}

/** Checks that the job is offered once, to a worker that polls for its value of ProjectName. */
async function receiveJob(story, expected) {
  const { timeline, hops } = story;
  expectEqual('Jobs for another ProjectName', await poll(story, 'AnotherProject'), []);
  timeline.log('worker B', 'PollForJobs {ProjectName: AnotherProject}: nothing');
  const polledAt = timeline.elapsedMs();
  const { job } = await pollUntilOffered(story);
  const handedMs = timeline.elapsedMs() - polledAt;
  hops.push(['poll → job in hand', handedMs]);
  timeline.log('worker', `PollForJobs {ProjectName: JenkinsTestProject}: one job (${inMs(handedMs)})`);
  showJob(story, job, expected);
  expectEqual('Jobs for a second poll', await poll(story), []);
  timeline.log('worker B', 'PollForJobs {ProjectName: JenkinsTestProject}: nothing, another worker has the job');
  await acknowledgeWithAnotherNonce(story, job);
  return job;
}

/** Checks that the history has the three actions, and the worker's variable in the deployment's configuration. */
async function checkHistory(story, executionId, projectVersion) {
  const actions = await listActions(story, executionId);
  expectEqual(
    'The actions of the execution',
    actions.map(({ actionName, status }) => `${actionName} ${status}`),
    ['Upload Succeeded', 'UnitTests Succeeded', 'PublishReport Succeeded'],
  );
  const [, tests, publish] = actions;
  expectEqual('The output variables', tests.output.outputVariables, { ProjectVersion: projectVersion, TestCount: '7' });
  expectEqual('The deployment key', publish.input.resolvedConfiguration.ObjectKey, `reports/${projectVersion}`);
}

/** Checks that the report in the release bucket is, byte for byte, the one the worker wrote. */
async function checkDeployment({ s3, timeline }, { projectVersion, files }) {
  const place = `reports/${projectVersion}/`;
  for (const [name, content] of Object.entries(files)) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: buckets.releases, Key: place + name }));
    expectEqual(`The deployed ${name}`, await Body.transformToString(), content);
  }
  timeline.log('operator', `read ${buckets.releases}/${place}: ${Object.keys(files).join(', ')}`);
  const { executionId, passed, tests, versionId } = JSON.parse(files['summary.json']);
  const origin = `source version ${shorten(versionId)}, execution ${shorten(executionId)}`;
  timeline.detail(`the report the worker wrote, byte for byte: ${passed} of ${tests} tests passed, ${origin}`);
  return place;
}
