import { createHmac } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { startReceiver } from '../support/events/receiver.ts';
import { unzip } from '../support/git/repository.ts';
import { patient, setUpTriggered } from '../support/git/triggered-pipeline.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { startCommandWorker } from '../support/workers/worker-process.ts';

const key = Buffer.alloc(32, 7);
const secret = `whsec_${key.toString('base64')}`;

/** What an execution of the pipeline tells, from its start to its end. */
const wholeStory = [
  'STARTED',
  'Source STARTED',
  'Source Source STARTED',
  'Source Source SUCCEEDED',
  'Source SUCCEEDED',
  'Testing STARTED',
  'Testing JenkinsTestAction STARTED',
  'Testing JenkinsTestAction SUCCEEDED',
  'Testing SUCCEEDED',
  'Release STARTED',
  'Release Publish STARTED',
  'Release Publish SUCCEEDED',
  'Release SUCCEEDED',
  'SUCCEEDED',
];

test('a push that passes the path filter is built by a worker and deployed, and a receiver hears all of it', async () => {
  const trigger = { push: [{ branches: { includes: ['main'] }, filePaths: { includes: ['src/**'] } }] };
  const { server, repository, first, executions, started, check } = await setUpTriggered(trigger);
  const receiver = await startReceiver();
  onTestFinished(receiver.close);
  const document = JSON.stringify({ type: 'http', url: receiver.url, secret });
  await callOwn(server.url, 'ApplyResources', { resources: [{ kind: 'EventTarget', name: 'chat', document }] });
  const script = 'cat readme.txt src/* > report.txt 2>/dev/null; true';
  startCommandWorker(server.url, script, ['--output', 'TestReport=report.txt']);
  const untilDone = (commit: string) =>
    vi.waitFor(async () => {
      const [newest] = await executions();
      expect(newest).toMatchObject({ status: 'Succeeded', sourceRevisions: [{ revisionId: commit }] });
      return newest?.pipelineExecutionId;
    }, patient);
  await untilDone(first);

  repository.write('docs/guide.txt', 'read me');
  repository.commit('docs');
  await check();
  expect(await started()).toEqual([]);
  repository.write('src/main.c', ' and the source');
  const pushed = repository.commit('code');
  await check();
  expect(await started()).toEqual([{ type: 'WebhookV2', commit: pushed, branch: 'main' }]);
  const id = await untilDone(pushed);

  const released = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  const files = await unzip(Buffer.from((await released.Body?.transformToByteArray()) ?? []));
  expect(files['report.txt']).toContain('one and the source');

  const story = () =>
    receiver.received
      .map(({ body }) => JSON.parse(body) as Event)
      .filter(({ detail }) => detail['execution-id'] === id)
      .map(({ detail }) => [detail.stage, detail.action, detail.state].filter((part) => part !== undefined).join(' '));
  await vi.waitFor(() => expect(story()).toEqual(wholeStory), patient);
  for (const { body, headers } of receiver.received) {
    const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
    expect(headers['webhook-signature']).toBe(`v1,${signed.digest('base64')}`);
  }
});
