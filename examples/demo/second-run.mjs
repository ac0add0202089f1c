// The second execution: a change breaks tests, and nothing is deployed.
import { join } from 'node:path';
import { StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expectEqual, expectMatch } from './expectation.mjs';
import { acknowledge, fail, fetchInput, openJob, pollUntilOffered, showJob } from './job-worker.mjs';
import { checkRevision, listActions, readStages, waitForEnd } from './observer.mjs';
import { buckets, pipelineName, uploadSource } from './set-up.mjs';
import { runTests } from './test-run.mjs';
import { inMs, shorten } from './timeline.mjs';

const shownLines = 8;

/** Uploads the broken change, starts an execution and lets it fail; returns a row for the summary. */
export async function playSecondRun(story) {
  const { codepipeline, timeline, hops, folder, signal } = story;
  const deployedBefore = await listReleases(story);
  const stagesBefore = await readStages(story);
  const message = 'simplify the discount';
  const { versionId, bytes } = await uploadSource(story, { overlay: 'broken-change', message });

  // This time the worker is already polling when the execution starts.
  const startedAt = timeline.elapsedMs();
  const [{ job, pollCount }, { pipelineExecutionId }] = await Promise.all([
    pollUntilOffered(story),
    codepipeline.send(new StartPipelineExecutionCommand({ name: pipelineName })),
  ]);
  const offeredMs = timeline.elapsedMs() - startedAt;
  hops.push(['start → source copied, job in hand', offeredMs]);
  timeline.log('operator', `StartPipelineExecution: execution ${shorten(pipelineExecutionId)}`);
  timeline.log('worker', `was polling already: one job at poll ${pollCount}`);
  showJob(story, job, { executionId: pipelineExecutionId, versionId });
  timeline.hop('start → source copied, job in hand', offeredMs);

  await acknowledge(story, job);
  const work = join(folder, 'second-run');
  expectEqual('The bytes of the input', await fetchInput(story, openJob(job), work), bytes);
  const tests = await runTests(work, { reportFile: join(folder, 'second-report.tap'), signal });
  expectEqual('The exit code of node --test', tests.exitCode, 1);
  expectEqual('Tests, passed, failed', [tests.testCount, tests.passedCount, tests.failedCount], [7, 5, 2]);
  timeline.log('worker', `ran node --test: ${tests.failedCount} of ${tests.testCount} failed (${inMs(tests.ms)})`);
  for (const name of tests.failedNames) timeline.detail(`failed: ${name}`);

  const heading = `${tests.failedCount} of ${tests.testCount} tests failed: ${tests.failedNames.join('; ')}`;
  const failure = `${heading}\n${tests.lastLines}`;
  await fail(story, job, { message: failure, externalExecutionId: '2' });
  const reportedAt = timeline.elapsedMs();
  const execution = await waitForEnd(story, pipelineExecutionId, 'Failed');
  const failedMs = timeline.elapsedMs() - reportedAt;
  hops.push(['last result → execution Failed', failedMs]);
  timeline.log('pipeline', `execution ${shorten(pipelineExecutionId)}: Failed`);
  timeline.hop('last result → execution Failed', failedMs);

  checkRevision(execution, { versionId, message });
  await checkState(story, { pipelineExecutionId, message: failure, stagesBefore });
  expectEqual('The releases afterwards', await listReleases(story), deployedBefore);
  timeline.log('operator', `${buckets.releases} is unchanged since the first execution: Deploy did not run again`);
  return ['2', 'StartPipelineExecution', shorten(versionId), '2 of 7 failed', 'Failed', 'not reached'];
}

/** Checks that GetPipelineState shows the failure, and the earlier execution in the next stage. */
async function checkState(story, { pipelineExecutionId, message, stagesBefore }) {
  const { timeline } = story;
  const stages = await readStages(story);
  const test = stages.get('Test');
  expectEqual('The latest execution of the stage Test', test.latestExecution.pipelineExecutionId, pipelineExecutionId);
  expectEqual('The status of the stage Test', test.latestExecution.status, 'Failed');
  const { errorDetails, externalExecutionUrl, status } = test.actionStates[0].latestExecution;
  expectEqual('The status of the action UnitTests', status, 'Failed');
  expectEqual('The error of the action UnitTests', errorDetails, { code: 'JobFailed', message });
  expectMatch('The link to the failed run', externalExecutionUrl, /\/job\/JenkinsTestProject\/2\/$/);
  timeline.log('operator', `GetPipelineState: stage Test Failed, errorDetails ${errorDetails.code}`);
  const lines = message.split('\n');
  timeline.detail(`│ ${lines[0]}`);
  if (lines.length > shownLines + 1) timeline.detail(`│ … (${lines.length - shownLines - 1} lines)`);
  for (const line of lines.slice(1).slice(-shownLines)) timeline.detail(`│ ${line}`);
  timeline.detail(externalExecutionUrl);

  expectEqual('The stage Deploy', stages.get('Deploy'), stagesBefore.get('Deploy'));
  const actions = await listActions(story, pipelineExecutionId);
  expectEqual(
    'The actions of the execution',
    actions.map(({ actionName, status }) => `${actionName} ${status}`),
    ['Upload Succeeded', 'UnitTests Failed'],
  );
}

/** Returns everything in the release bucket, including what a new deployment would change. */
async function listReleases({ s3 }) {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: buckets.releases }));
  return Contents.map(({ Key, ETag, LastModified }) => `${Key} ${ETag} ${LastModified?.toISOString()}`);
}
