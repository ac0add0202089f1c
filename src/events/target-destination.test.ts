import { afterEach, expect, test } from 'vitest';
import { sampleEvent } from '../../test/support/events/event.ts';
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
