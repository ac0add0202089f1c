import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { linkedApproval, sampleEvent } from '../../../test/support/events/event.ts';
import { startReceiver } from '../../../test/support/events/receiver.ts';
import type { Event } from '../../model/event.ts';
import { slackSender } from './slack.ts';

const context = { deliveryId: 'delivery-1', attempts: 1, at: Date.now() };
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startSlack(answer?: (response: ServerResponse) => void) {
  const started = await startReceiver((_, response) => (answer ? answer(response) : response.end('ok')));
  closers.push(started.close);
  const send = (event: Event) => {
    const target = { name: 'chat', document: { webhookUrl: started.url } };
    return slackSender.send(target, event, context, new AbortController().signal);
  };
  return { ...started, send };
}

test('an event is posted as readable text', async () => {
  const { received, send } = await startSlack();
  const detail = {
    pipeline: 'shop',
    stage: 'Build',
    action: 'Compile',
    state: 'FAILED',
    'execution-id': 'e-1',
    'execution-result': {
      'error-code': 'JobFailed',
      'external-execution-summary': 'make\u202e: *** <!channel> & more\nCode 2',
    },
  };
  await send({ ...sampleEvent, detail });
  expect(received[0]?.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(JSON.parse(received[0]?.body ?? '')).toEqual({
    text: [
      '*Pipeline shop, stage Build, action Compile: FAILED*',
      'Event: CodePipeline Pipeline Execution State Change',
      'Execution: e-1',
      'Error: JobFailed',
      'Summary: make : *** &lt;!channel&gt; &amp; more Code 2',
      'Region: eu-west-1',
      'Account: 123456789012',
      'Time: 2026-11-30T12:00:00Z',
    ].join('\n'),
    unfurl_links: false,
    unfurl_media: false,
  });
});

test('an approval has its link', async () => {
  const { received, send } = await startSlack();
  await send(linkedApproval);
  expect((JSON.parse(received[0]?.body ?? '') as { text: string }).text.split('\n')).toEqual([
    '*Approval needed: pipeline a-pipeline-with-a-very-long-name, stage Release, action Ask*',
    'To review: https://example.com/changes',
    'Approve or reject: https://mill/-/approvals/s1.1.abc',
    'Expires: 2026-07-07T20:22Z',
  ]);
});

test('events of other sources say where they are from', async () => {
  const { received, send } = await startSlack();
  await send({ ...sampleEvent, source: 'my.app', 'detail-type': 'Deployed', detail: { message: 'x'.repeat(600) } });
  const { text } = JSON.parse(received[0]?.body ?? '') as { text: string };
  expect(text).toContain('*Deployed*\n');
  expect(text).toContain(`Message: ${'x'.repeat(500)}…\nSource: my.app`);
});

test('a refusal does not name the path of the URL, and says how long to wait', async () => {
  const { url, send } = await startSlack((response) =>
    response.writeHead(429, { 'retry-after': '30' }).end('slow down'),
  );
  await expect(send(sampleEvent)).rejects.toMatchObject({
    message: `${new URL(url).origin} responded with 429: slow down`,
    retryAfterMs: 30_000,
  });
});
