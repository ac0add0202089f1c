import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, it, test } from 'vitest';
import { account, clientConfig, region, serve } from '../../support/servers/server.ts';

const start = async () => new EventBridgeClient(clientConfig((await serve()).url));
const failure = (code: string, message: string) => ({ name: code, message: expect.stringContaining(message) });

describe('PutEvents', () => {
  const entry: PutEventsRequestEntry = { Source: 'shop', DetailType: 'sold', Detail: '{"id":1}' };

  it('stores what is right and says what is wrong with the rest', async () => {
    const client = await start();
    const cases: [PutEventsRequestEntry, string, string][] = [
      [
        { ...entry, Source: undefined },
        'InvalidArgument',
        'Parameter Source is not valid. Reason: Source is a required argument.',
      ],
      [{ ...entry, DetailType: '' }, 'InvalidArgument', 'DetailType is a required argument.'],
      [{ ...entry, Detail: undefined }, 'InvalidArgument', 'Detail is a required argument.'],
      [{ ...entry, Detail: '[1]' }, 'MalformedDetail', 'Detail is malformed.'],
      [{ ...entry, Detail: '{' }, 'MalformedDetail', 'Detail is malformed.'],
      [{ ...entry, Detail: `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}` }, 'MalformedDetail', 'Detail is malformed.'],
      [{ ...entry, Source: 'aws.s3' }, 'NotAuthorizedForSourceException', 'Not authorized for the source.'],
      [{ ...entry, EventBusName: 'mine' }, 'InvalidArgument', 'Event bus mine does not exist.'],
    ];
    const answer = await client.send(
      new PutEventsCommand({ Entries: [entry, ...cases.map(([wrong]) => wrong), entry] }),
    );
    expect(answer.FailedEntryCount).toBe(cases.length);
    expect(answer.Entries).toEqual([
      { EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      ...cases.map(([, ErrorCode, ErrorMessage]) => ({
        ErrorCode,
        ErrorMessage: expect.stringContaining(ErrorMessage),
      })),
      { EventId: expect.any(String) },
    ]);
    expect(answer.Entries?.[0]?.EventId).not.toBe(answer.Entries?.at(-1)?.EventId);
  });

  it('refuses what is too much', async () => {
    const client = await start();
    const large = { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(256 * 1024) }) };
    await expect(client.send(new PutEventsCommand({ Entries: [large] }))).rejects.toMatchObject(
      failure('ValidationException', 'Total size of the entries in the request is over the limit.'),
    );
    await expect(client.send(new PutEventsCommand({ Entries: Array(11).fill(entry) }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(client.send(new PutEventsCommand({ Entries: [] }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

test('TestEventPattern compares an event with a pattern', async () => {
  const client = await start();
  const event = {
    id: '1',
    'detail-type': 't',
    source: 'aws.s3',
    account,
    time: '2026-02-03T04:05:06Z',
    region,
    resources: [],
    detail: { n: 5 },
  };
  const ask = (EventPattern: string, Event = JSON.stringify(event)) =>
    client.send(new TestEventPatternCommand({ EventPattern, Event }));
  expect(await ask('{"detail":{"n":[{"numeric":[">",4]}]}}')).toMatchObject({ Result: true });
  expect(await ask('{"detail":{"n":[4]}}')).toMatchObject({ Result: false });
  await expect(ask('{')).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
  await expect(ask('{"source":["aws.s3"]}', '[]')).rejects.toMatchObject(
    failure('ValidationException', 'not a JSON object'),
  );
  await expect(ask('{"source":["aws.s3"]}', '{"id":"1"}')).rejects.toMatchObject(
    failure('ValidationException', "no member 'account'"),
  );
});
