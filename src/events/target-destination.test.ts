import { afterEach, expect, test } from 'vitest';
import { approvalEvent, sampleEvent } from '../../test/support/events/event.ts';
import { startReceiver } from '../../test/support/events/receiver.ts';
import type { StoredResource } from '../model/resource.ts';
import { createTargetDestination } from './target-destination.ts';

const context = { deliveryId: 'delivery-1', attempts: 1, at: 0 };
const { signal } = new AbortController();
const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;
const eventAt = Date.parse(sampleEvent.time);
let closeReceiver: (() => Promise<void>) | undefined;
afterEach(() => closeReceiver?.());

/** Creates a destination with the given targets in the Region of the sample event. */
function destinationOf(targets: Partial<StoredResource>[]) {
  const stored = targets.map((target) => ({ ...target, kind: 'EventTarget' }) as StoredResource);
  let reads = 0;
  const destination = createTargetDestination({
    resources: {
      isUsed: async () => stored.length > 0,
      ofKind: async ({ region }) => {
        reads += 1;
        return region === sampleEvent.region ? stored : [];
      },
      find: async (_, __, wanted) => stored.find(({ name }) => name === wanted),
    },
    open: (_, { document }) => document,
    approvalUrl: ({ account, region, pipelineName, token, target }) =>
      `https://mill/${[account, region, pipelineName, token, target].join('/')}`,
  });
  return { destination, countReads: () => reads };
}

test('targets get the events of their account and Region', async () => {
  const { url, received, close } = await startReceiver();
  closeReceiver = close;
  const document = { type: 'http', url, secret };
  const { destination, countReads } = destinationOf([{ name: 'chat', createdAt: 0, document }]);
  const events = [sampleEvent, { ...sampleEvent, region: 'us-east-1' }, sampleEvent];
  expect(await destination.subscribersOf(events)).toEqual([['chat'], [], ['chat']]);
  expect(countReads()).toBe(2);
  await destination.deliver('chat', sampleEvent, context, signal);
  expect(received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([sampleEvent]);
});

test('a target gets what its pattern selects, from its creation on', async () => {
  const { destination } = destinationOf([
    { name: 'started', createdAt: 0, document: { pattern: '{"detail":{"state":["STARTED"]}}' } },
    { name: 'failed', createdAt: 0, document: { pattern: '{"detail":{"state":["FAILED"]}}' } },
    { name: 'later', createdAt: eventAt + 1000, document: {} },
    { name: 'same second', createdAt: eventAt + 999, document: {} },
  ]);
  expect(await destination.subscribersOf([sampleEvent])).toEqual([['started', 'same second']]);
});

const topicArn = 'arn:aws:sns:eu-west-1:123456789012:approvals';

test('an approval with a topic is for the targets that have it, which get nothing else without a pattern', async () => {
  const { destination } = destinationOf([
    { name: 'topic', createdAt: 0, document: { topicArn } },
    { name: 'other topic', createdAt: 0, document: { topicArn: `${topicArn}-of-others` } },
    { name: 'both', createdAt: 0, document: { topicArn, pattern: '{"detail":{"state":["STARTED"]}}' } },
    { name: 'failed', createdAt: 0, document: { topicArn, pattern: '{"detail":{"state":["FAILED"]}}' } },
    { name: 'all', createdAt: 0, document: {} },
    { name: 'too late', createdAt: eventAt + 1000, document: { topicArn } },
  ]);
  const asked = { ...approvalEvent, resources: [...approvalEvent.resources, topicArn] };
  // Somebody else's event with the same names.
  const imitated = { ...asked, source: 'my.app' };
  expect(await destination.subscribersOf([asked, approvalEvent, sampleEvent, imitated])).toEqual([
    ['topic', 'both', 'failed', 'all'],
    ['all'],
    ['both', 'all'],
    ['all'],
  ]);
});

test('people get a link to answer an approval unless their target says no, and programs only if it says yes', async () => {
  const { url, received, close } = await startReceiver();
  closeReceiver = close;
  const slack = { type: 'slack', webhookUrl: url };
  const { destination } = destinationOf([
    { name: 'chat', document: slack },
    { name: 'silent', document: { ...slack, approvalLink: false } },
    { name: 'program', document: { type: 'http', url, secret } },
    { name: 'allowed', document: { type: 'http', url, secret, approvalLink: true } },
  ]);
  for (const name of ['chat', 'silent', 'program', 'allowed'])
    await destination.deliver(name, approvalEvent, context, signal);
  await destination.deliver('chat', sampleEvent, context, signal);
  const { pipelineName, token } = (approvalEvent.detail as { approval: { pipelineName: string; token: string } })
    .approval;
  const [linked, silent, program, allowed, state] = received.map(({ body }) => body);
  expect(linked).toContain(`https://mill/123456789012/eu-west-1/${pipelineName}/${token}/chat`);
  expect(silent).not.toContain('https://mill/');
  expect(program).toContain('"approvalReviewLink":null');
  expect(allowed).toContain('"approvalReviewLink":"https://mill/');
  expect(state).not.toContain('https://mill/');
});

test('a deleted target fails for good, an unknown type of a later version does not', async () => {
  await expect(destinationOf([]).destination.deliver('chat', sampleEvent, context, signal)).rejects.toMatchObject({
    message: 'The target has been deleted.',
    isFinal: true,
  });
  const { destination } = destinationOf([{ name: 'chat', document: { type: 'pigeon' } }]);
  await expect(destination.deliver('chat', sampleEvent, context, signal)).rejects.toMatchObject({
    message: 'This server cannot send to targets of the type pigeon.',
    isFinal: false,
  });
});

test('many targets with patterns leave turns for other work', async () => {
  const { destination } = destinationOf(
    Array.from({ length: 1000 }, (_, number) => ({
      name: `target-${number}`,
      createdAt: 0,
      document: { pattern: JSON.stringify({ detail: { pipeline: [{ wildcard: `*s*h*o*p*${number}` }] } }) },
    })),
  );
  let turns = 0;
  const count = setInterval(() => {
    turns += 1;
  }, 0);
  const detail = { pipeline: 'shop'.repeat(25) };
  const names = await destination.subscribersOf(Array.from({ length: 50 }, () => ({ ...sampleEvent, detail })));
  clearInterval(count);
  expect(names.flat()).toEqual([]);
  expect(turns).toBeGreaterThan(2);
});
