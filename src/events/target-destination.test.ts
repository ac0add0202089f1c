import { afterEach, expect, test } from 'vitest';
import { sampleEvent } from '../../test/support/events/event.ts';
import { startReceiver } from '../../test/support/events/receiver.ts';
import { createTargetDestination } from './target-destination.ts';

const context = { deliveryId: 'delivery-1', attempts: 1, at: 0 };
const { signal } = new AbortController();
const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;
let closeReceiver: (() => Promise<void>) | undefined;
afterEach(() => closeReceiver?.());

test('targets get the events of their account and Region', async () => {
  const { url, received, close } = await startReceiver();
  closeReceiver = close;
  let reads = 0;
  const destination = createTargetDestination({
    list: async ({ region }) => {
      reads += 1;
      return region === sampleEvent.region ? [{ name: 'chat' }] : [];
    },
    find: async (_, name) => ({ name, document: { type: 'http', url, secret } }),
  });
  const events = [sampleEvent, { ...sampleEvent, region: 'us-east-1' }, sampleEvent];
  expect(await destination.subscribersOf(events)).toEqual([['chat'], [], ['chat']]);
  expect(reads).toBe(2);
  await destination.deliver('chat', sampleEvent, context, signal);
  expect(received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([sampleEvent]);
});

test('a deleted target fails for good, an unknown type of a later version does not', async () => {
  const deliver = (document?: Record<string, unknown>) =>
    createTargetDestination({
      list: async () => [],
      find: async (_, name) => document && { name, document },
    }).deliver('chat', sampleEvent, context, signal);
  await expect(deliver()).rejects.toMatchObject({ message: 'The target has been deleted.', isFinal: true });
  await expect(deliver({ type: 'pigeon' })).rejects.toMatchObject({
    message: 'This server cannot send to targets of the type pigeon.',
    isFinal: false,
  });
});
