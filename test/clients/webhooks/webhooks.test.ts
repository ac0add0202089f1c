import {
  CreatePipelineCommand,
  DeletePipelineCommand,
  DeleteWebhookCommand,
  GetPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { pipelineName, pollOne, sourceAction, sourceKey, threeStages } from '../../support/pipelines/scenario.ts';
import {
  eventHeaders,
  openHook,
  post,
  push,
  type WebhookStory,
  webhookStory,
} from '../../support/pipelines/webhook-events.ts';
import { account, region, serve, type TestServer } from '../../support/servers/server.ts';

const arn = `arn:aws:codepipeline:${region}:${account}:webhook:Hook`;
const isStarted = { status: 200, message: 'An execution was started.', pipelineExecutionId: expect.any(String) };

let server: TestServer;
let story: WebhookStory;

beforeEach(async () => {
  server = await serve();
  story = await webhookStory(server);
});

function renamedSource(name: string, configuration = sourceAction.configuration) {
  const pipeline = threeStages();
  const [, ...rest] = pipeline.stages;
  return { ...pipeline, stages: [{ name: 'Source', actions: [{ ...sourceAction, name, configuration }] }, ...rest] };
}

describe('an event (behaviour C.13)', () => {
  test('starts an execution with the latest source revision, and the webhook shows when', async () => {
    const url = await story.put();
    expect((await story.listed()).lastTriggered).toBeUndefined();
    await pollOne(story.client);
    const { VersionId } = await server
      .s3()
      .send(new PutObjectCommand({ Bucket: 'my-source', Key: sourceKey, Body: 'newer' }));
    const at = server.clock.now();
    const answer = await post(url, push());
    expect(answer).toEqual(isStarted);
    const pipelineExecutionId = answer.pipelineExecutionId ?? '';
    expect(await story.started()).toEqual([[pipelineExecutionId, arn]]);
    const { lastTriggered } = await story.listed();
    expect((lastTriggered as Date).getTime()).toBeGreaterThanOrEqual(at);
    await expect
      .poll(async () => {
        const input = { pipelineName, pipelineExecutionId };
        return (await story.client.send(new GetPipelineExecutionCommand(input))).pipelineExecution?.artifactRevisions;
      })
      .toMatchObject([{ revisionId: VersionId }]);
  });

  test('sent as a form has its JSON in the field payload; the whole form is signed', async () => {
    const url = await story.put();
    const form = new URLSearchParams({ payload: push() }).toString();
    const headers = { ...eventHeaders(form), 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };
    expect(await post(url, form, headers)).toEqual(isStarted);
    const empty = 'ref=main';
    expect(
      await post(url, empty, { ...headers, ...eventHeaders(empty), 'Content-Type': headers['Content-Type'] }),
    ).toEqual({ status: 400, message: "The form has no field 'payload'." });
  });

  test('that doesn’t match a filter starts nothing, and the response says so', async () => {
    const url = await story.put();
    const filtered = {
      status: 200,
      message: 'The event does not pass the filters of the webhook: nothing was started.',
    };
    for (const body of [push(1, 'refs/heads/other'), '{}', 'null', '[]', '"refs/heads/app.zip"']) {
      expect(await post(url, body)).toEqual(filtered);
    }
    expect(await story.started()).toEqual([]);
    expect((await story.listed()).lastTriggered).toBeUndefined();
  });

  test('is matched against the current configuration of the action', async () => {
    const url = await story.put();
    const pipeline = renamedSource('Source', { ...sourceAction.configuration, S3ObjectKey: 'next.zip' });
    await story.client.send(new UpdatePipelineCommand({ pipeline }));
    expect(await post(url, push(1))).toMatchObject({ status: 200, message: expect.stringContaining('filters') });
    expect(await post(url, push(2, 'refs/heads/next.zip'))).toEqual(isStarted);
  });

  test('of type ping returns 200 with a valid signature, and starts nothing', async () => {
    const url = await story.put();
    const body = '{"zen":"Keep it logically awesome."}';
    const headers = { ...eventHeaders(body), 'X-GitHub-Event': 'ping' };
    expect(await post(url, body, headers)).toEqual({ status: 200, message: 'The webhook is ready.' });
    expect(await post(url, body, { 'X-GitHub-Event': 'ping' })).toMatchObject({ status: 403 });
    expect(await story.started()).toEqual([]);
  });
});

describe('a repeated event', () => {
  const isRepeated = { status: 200, message: 'This event has started an execution before.' };

  test('with the same delivery within three days, or the same signed body within an hour, returns its execution', async () => {
    const url = await story.put();
    const { pipelineExecutionId } = await post(url, push(1), eventHeaders(push(1), 'a'));
    const repeated = { ...isRepeated, pipelineExecutionId };
    expect(await post(url, push(1), eventHeaders(push(1), 'a'))).toEqual(repeated);
    expect(await post(url, push(1), eventHeaders(push(1), 'forged'))).toEqual(repeated);
    expect(await post(url, push(1))).toEqual(repeated);
    expect(await post(url, push(2), eventHeaders(push(2), 'a'))).toEqual(repeated);
    server.clock.advance(61 * 60 * 1000);
    expect(await post(url, push(1), eventHeaders(push(1), 'a'))).toEqual(repeated);
    expect(await post(url, push(1), eventHeaders(push(1), 'b'))).toEqual(isStarted);
    server.clock.advance(73 * 60 * 60 * 1000);
    expect(await post(url, push(3), eventHeaders(push(3), 'a'))).toEqual(isStarted);
  });

  test('many times concurrently starts one execution', async () => {
    const url = await story.put();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(url, push(), eventHeaders(push(), 'a'))));
    expect(new Set(answers.map(({ pipelineExecutionId }) => pipelineExecutionId)).size).toBe(1);
    expect(await story.started()).toHaveLength(1);
  });

  test('without authentication is recognized only by its delivery: other posts always start an execution', async () => {
    const url = await story.put(openHook);
    expect(await post(url, '{}', {})).toEqual(isStarted);
    expect(await post(url, '{}', {})).toEqual(isStarted);
    expect(await post(url, '{}', { 'X-GitHub-Delivery': 'a' })).toEqual(isStarted);
    expect(await post(url, '{}', { 'X-GitHub-Delivery': 'a' })).toMatchObject(isRepeated);
    expect(await story.started()).toHaveLength(3);
  });

  test('that was rejected before is accepted once it can be', async () => {
    const url = await story.put();
    const other = push(1, 'refs/heads/other');
    await post(url, other, eventHeaders(other, 'a'));
    await story.put({ filters: [] });
    expect(await post(url, other, eventHeaders(other, 'a'))).toEqual(isStarted);
  });
});

test('a changed webhook keeps its URL, with the new secret; a deleted one is 404, even after it is put again', async () => {
  const url = await story.put();
  await story.put({ authenticationConfiguration: { SecretToken: 'another' } });
  expect(await post(url, push())).toMatchObject({ status: 403 });
  expect(await story.put()).toBe(url);
  expect(await post(url, push())).toEqual(isStarted);
  await story.client.send(new DeleteWebhookCommand({ name: 'Hook' }));
  const gone = { status: 404, message: 'There is no webhook at this URL.' };
  expect(await post(url, push(2))).toEqual(gone);
  const next = await story.put();
  expect(await post(url, push(2))).toEqual(gone);
  expect(await post(next, push())).toEqual(isStarted);
});

describe('an event without its target', () => {
  test('without the pipeline is 404, which the webhook shows until the next event starts an execution', async () => {
    const url = await story.put();
    await story.client.send(new DeletePipelineCommand({ name: pipelineName }));
    expect(await post(url, push())).toEqual({ status: 404, message: 'The pipeline of this webhook does not exist.' });
    expect(await story.listed()).toMatchObject({
      errorCode: '404',
      errorMessage: `The account with AWS account ID '${account}' does not include a pipeline named '${pipelineName}'`,
    });
    await story.client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
    expect(await post(url, push())).toEqual(isStarted);
    const listed = await story.listed();
    expect([listed.errorCode, listed.errorMessage]).toEqual([undefined, undefined]);
  });

  test('without the source action is 404 too', async () => {
    const url = await story.put();
    await story.client.send(new UpdatePipelineCommand({ pipeline: renamedSource('Depot') }));
    expect(await post(url, push())).toEqual({
      status: 404,
      message: 'The source action of this webhook does not exist.',
    });
    expect(await story.listed()).toMatchObject({
      errorCode: '404',
      errorMessage: `Pipeline '${pipelineName}' does not have a source action with name 'Source'`,
    });
    await story.put({ targetAction: 'Depot' });
    expect((await story.listed()).errorCode).toBeUndefined();
    expect(await post(url, push())).toEqual(isStarted);
  });
});
