import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { approvalEvent, linkedApproval, sampleEvent } from '../../../test/support/events/event.ts';
import { type Received, startReceiver } from '../../../test/support/events/receiver.ts';
import { createJobCredentials } from '../../identity/secrets/job-credentials.ts';
import { createMasterKeys } from '../../identity/secrets/master-key.ts';
import { createAuthenticator } from '../../identity/signatures/authenticator.ts';
import type { SignedService } from '../../identity/signatures/signed-request.ts';
import { DeliveryFailure } from '../destination.ts';
import { eventBridgeSender } from './event-bridge.ts';
import type { OpenTarget, Sender } from './sender.ts';
import { snsSender } from './sns.ts';
import { sqsSender } from './sqs.ts';

const accessKeyId = 'AKIDTARGET';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const context = { deliveryId: 'delivery-1', attempts: 1, at: Date.now() };
const topicArn = 'arn:aws:sns:eu-west-1:123456789012:builds';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const { authenticate } = createAuthenticator({
  accessKeys: {
    find: async (id) =>
      id === accessKeyId
        ? { accessKeyId, account: '123456789012', name: 'mill', isRoot: false, createdAt: 0, secretAccessKey }
        : undefined,
  },
  jobCredentials: createJobCredentials(createMasterKeys()),
  now: Date.now,
});

type Answer = (body: string) => { status?: number; body: string; headers?: Record<string, string> };

const answers = {
  sns: () => ({
    body: '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>',
  }),
  sqs: (body: string) => {
    const { MessageBody } = JSON.parse(body) as { MessageBody: string };
    const digest = createHash('md5').update(MessageBody).digest('hex');
    return { body: JSON.stringify({ MessageId: 'm-1', MD5OfMessageBody: digest }) };
  },
  events: () => ({ body: JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] }) }),
} satisfies Record<string, Answer>;

/** Starts a service that refuses what is not signed for it, as AWS does. */
async function startService(service: keyof typeof answers, answer: Answer = answers[service]) {
  const started = await startReceiver(async (request: Received, response: ServerResponse) => {
    try {
      const { region } = await authenticate({
        service: service as SignedService,
        method: 'POST',
        path: '/',
        query: '',
        headers: request.headers,
        payloadHash: createHash('sha256').update(request.body).digest('hex'),
      });
      regions.push(region);
    } catch (error) {
      const body = JSON.stringify({ __type: 'InvalidSignatureException', message: String(error) });
      response.writeHead(403).end(body);
      return;
    }
    const { status = 200, body, headers = {} } = answer(request.body);
    response.writeHead(status, headers).end(body);
  });
  const regions: string[] = [];
  closers.push(started.close);
  return { ...started, url: new URL('/', started.url).href, regions };
}

const keys = { accessKeyId, secretAccessKey };

function send(sender: Sender, members: OpenTarget['document'], { event = sampleEvent } = {}) {
  const document = { type: sender.type, ...keys, ...members };
  return sender.send({ name: 'mine', document }, event, context, new AbortController().signal);
}

async function failureOf(sent: Promise<void>): Promise<DeliveryFailure> {
  const error = await sent.then(() => undefined).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DeliveryFailure);
  return error as DeliveryFailure;
}

const configuration = (endpoint: string) => ({ endpoint, region: 'eu-west-1', credentials: keys, maxAttempts: 1 });

/** Returns the body and the headers of a call that the service reads. */
function shapeOf(request: Received | undefined) {
  const { body = '', headers = {} } = request ?? {};
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return {
    target: headers['x-amz-target'],
    type: headers['content-type']?.split(';')[0],
    body: isForm ? Object.fromEntries(new URLSearchParams(body)) : (JSON.parse(body) as unknown),
  };
}

describe('a call has the shape of the official client', () => {
  test('for a FIFO topic', async () => {
    const { url, received, regions } = await startService('sns');
    const TopicArn = `${topicArn}.fifo`;
    await send(snsSender, { topicArn: TopicArn, url });
    await new SNSClient(configuration(url)).send(
      new PublishCommand({
        TopicArn,
        Message: JSON.stringify(sampleEvent),
        MessageGroupId: 'shop',
        MessageDeduplicationId: 'delivery-1',
      }),
    );
    expect(shapeOf(received[0])).toEqual(shapeOf(received[1]));
    expect(regions).toEqual(['eu-west-1', 'eu-west-1']);
  });

  test('for a FIFO queue', async () => {
    const { url, received } = await startService('sqs');
    const QueueUrl = `${url}123456789012/events.fifo`;
    await send(sqsSender, { queueUrl: QueueUrl, region: 'eu-west-1' });
    await new SQSClient(configuration(url)).send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: JSON.stringify(sampleEvent),
        MessageGroupId: 'shop',
        MessageDeduplicationId: 'delivery-1',
      }),
    );
    expect(shapeOf(received[0])).toEqual(shapeOf(received[1]));
  });

  test('for an event bus', async () => {
    const { url, received } = await startService('events');
    await send(eventBridgeSender, { eventBus: 'builds', url });
    await new EventBridgeClient(configuration(url)).send(
      new PutEventsCommand({
        Entries: [
          {
            Time: new Date(sampleEvent.time),
            Source: 'millrace',
            Resources: sampleEvent.resources,
            DetailType: sampleEvent['detail-type'],
            Detail: JSON.stringify(sampleEvent.detail),
            EventBusName: 'builds',
          },
        ],
      }),
    );
    expect(shapeOf(received[0])).toEqual(shapeOf(received[1]));
  });
});

test('a topic and a queue without order get no group', async () => {
  const sns = await startService('sns');
  await send(snsSender, { topicArn, url: sns.url });
  expect(sns.received[0]?.body).not.toContain('MessageGroupId');
  const sqs = await startService('sqs');
  await send(sqsSender, { queueUrl: `${sqs.url}123456789012/events` });
  expect(sqs.received[0]?.body).not.toContain('MessageGroupId');
});

test('an approval is published in the form and with the subject of AWS (behaviour C.14)', async () => {
  const { url, received } = await startService('sns');
  await send(snsSender, { topicArn, url }, { event: linkedApproval });
  await send(snsSender, { topicArn, url }, { event: approvalEvent });
  const [linked, plain] = received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(linked?.Subject).toBe('APPROVAL NEEDED: AWS CodePipeline a-pipeline-with-a-very-l... for action Ask');
  expect(JSON.parse(linked?.Message ?? '')).toEqual({
    region: 'eu-west-1',
    consoleLink: null,
    approval: {
      pipelineName: 'a-pipeline-with-a-very-long-name',
      stageName: 'Release',
      actionName: 'Ask',
      token: '0190b1a5-0000-7000-8000-000000000001',
      expires: '2026-07-07T20:22Z',
      externalEntityLink: 'https://example.com/changes',
      approvalReviewLink: 'https://mill/-/approvals/s1.1.abc',
      customData: null,
    },
  });
  expect(JSON.parse(plain?.Message ?? '')).toMatchObject({ approval: { approvalReviewLink: null } });
});

test('events of other sources keep theirs on an event bus, and those of AWS get the one that the target says', async () => {
  const { url, received } = await startService('events');
  await send(eventBridgeSender, { url }, { event: { ...sampleEvent, source: 'my.app' } });
  await send(eventBridgeSender, { url, eventSource: 'mill.test' });
  const sources = received.map(
    ({ body }) => (JSON.parse(body) as { Entries: { Source: string }[] }).Entries[0]?.Source,
  );
  expect(sources).toEqual(['my.app', 'mill.test']);
});

test('a message of a queue has no character that SQS refuses', async () => {
  const { url, received } = await startService('sqs');
  const detail = { text: 'a\uffffb\u0000c\u0085d\ud800' };
  await send(sqsSender, { queueUrl: `${url}1/q` }, { event: { ...sampleEvent, detail } });
  const { MessageBody } = JSON.parse(received[0]?.body ?? '') as { MessageBody: string };
  expect(MessageBody).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(MessageBody)).toMatchObject({ detail });
});

describe('a failure', () => {
  test('of an event bus that takes the call but not the event', async () => {
    const Entries = [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }];
    const { url } = await startService('events', () => ({ body: JSON.stringify({ FailedEntryCount: 1, Entries }) }));
    const { message, isFinal } = await failureOf(send(eventBridgeSender, { url }));
    expect({ message, isFinal }).toEqual({
      message: 'The event bus refused the event: ThrottlingException: slow down',
      isFinal: false,
    });
  });

  test.each([
    ['sns', snsSender, { topicArn }],
    ['sqs', sqsSender, { queueUrl: 'https://sqs.us-east-1.amazonaws.com/1/q' }],
    ['events', eventBridgeSender, {}],
  ] as const)('of %s: credentials that are wrong are tried again later', async (service, sender, members) => {
    const { url } = await startService(service);
    const { message, isFinal } = await failureOf(send(sender, { ...members, url, secretAccessKey: 'wrong' }));
    expect(message).toContain('responded with 403: InvalidSignatureException');
    expect(message).not.toContain('wrong');
    expect(isFinal).toBe(false);
  });

  test.each([
    ['sns', snsSender, { topicArn }],
    ['sqs', sqsSender, { queueUrl: 'https://sqs.us-east-1.amazonaws.com/1/q' }],
    ['events', eventBridgeSender, {}],
  ] as const)('of %s: a response that confirms nothing', async (service, sender, members) => {
    const { url } = await startService(service, () => ({ body: '<html>\nwelcome' }));
    const { message } = await failureOf(send(sender, { ...members, url }));
    expect(message).toBe('The response does not confirm that the event was taken: <html> welcome');
  });

  test.each([
    ['sns', snsSender, 404, '<Error><Code>NotFound</Code><Message>no topic</Message></Error>', 'NotFound: no topic'],
    ['sqs', sqsSender, 400, '{"__type":"com.amazonaws.sqs#Missing","message":"no queue"}', 'Missing: no queue'],
  ] as const)('of %s says the code and the message', async (service, sender, status, body, expected) => {
    const { url } = await startService(service, () => ({ status, body }));
    const members = service === 'sns' ? { topicArn } : { queueUrl: `${url}1/q` };
    const { message, isFinal } = await failureOf(send(sender, { ...members, url }));
    expect(message).toBe(`${new URL(url).origin} responded with ${status}: ${expected}`);
    expect(isFinal).toBe(false);
  });

  test('because of the size of the event is final', async () => {
    const body =
      '<ErrorResponse><Error><Code>InvalidParameter</Code><Message>Invalid parameter: Message too long</Message></Error></ErrorResponse>';
    const { url } = await startService('sns', () => ({ status: 400, body }));
    expect(await failureOf(send(snsSender, { topicArn, url }))).toMatchObject({ isFinal: true });
  });

  test('by a redirect is no success', async () => {
    const { url } = await startService('sns', () => ({
      status: 302,
      body: '',
      headers: { location: 'https://elsewhere/' },
    }));
    expect((await failureOf(send(snsSender, { topicArn, url }))).message).toContain(
      '302, a redirect to https://elsewhere',
    );
  });
});
