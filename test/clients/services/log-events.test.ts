import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { createBuild } from '../../support/builds/create-build.ts';
import { serveBuild } from '../../support/logs/served-build.ts';
import { createKey } from '../../support/requests/own-api.ts';
import { account, clientConfig, type Keys, region } from '../../support/servers/server.ts';

const logGroupName = '/aws/codebuild/mill';
const logStreamName = 'one';
const groupArn = `arn:aws:logs:${region}:${account}:log-group:${logGroupName}`;

async function serveLog(text: string) {
  const served = await serveBuild();
  const { server, put } = served;
  if (text !== '') await put({ text });
  const clientOf = (keys?: Keys) => new CloudWatchLogsClient(clientConfig(server.url, keys));
  return { ...served, clientOf, logs: clientOf(), at: server.clock.now() };
}

const messagesOf = ({ events = [] }: { events?: { message?: string }[] }) => events.map(({ message }) => message);

test('groups and streams are listed as CloudWatch Logs does', async () => {
  const { logs, at } = await serveLog('one\ntwo\n');
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/' }));
  expect(logGroups).toEqual([
    {
      ...{ logGroupName, creationTime: expect.any(Number) as number, arn: `${groupArn}:*`, logGroupArn: groupArn },
      ...{ logGroupClass: 'STANDARD', metricFilterCount: 0 },
    },
  ]);
  const none = { logGroups: [] };
  expect(await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/ecs' }))).toMatchObject(none);
  expect(await logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'lambda' }))).toMatchObject(none);
  expect(await logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'mill' }))).toMatchObject({
    logGroups: [{ logGroupName }],
  });
  for (const orderBy of ['LogStreamName', 'LastEventTime'] as const) {
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName, orderBy, descending: true }));
    expect(logStreams).toMatchObject([{ logStreamName, lastEventTimestamp: logStreams?.[0]?.creationTime }]);
    expect(Math.abs((logStreams?.[0]?.creationTime ?? 0) - at)).toBeLessThan(1000);
  }
  const missing = logs.send(new DescribeLogStreamsCommand({ logGroupName: '/aws/codebuild/mil' }));
  await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('events are read from the head and from the tail, until a token repeats', async () => {
  const { logs, put, server } = await serveLog('one\ntwo\nthree\n');
  const get = (input: object) => logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, ...input }));
  const head = await get({ startFromHead: true, limit: 2 });
  expect(messagesOf(head)).toEqual(['one', 'two']);
  const rest = await get({ nextToken: head.nextForwardToken });
  expect(messagesOf(rest)).toEqual(['three']);
  const end = await get({ nextToken: rest.nextForwardToken });
  expect([messagesOf(end), end.nextForwardToken]).toEqual([[], rest.nextForwardToken]);
  server.clock.advance(60_000);
  await put({ text: 'four\n' });
  expect(messagesOf(await get({ nextToken: end.nextForwardToken }))).toEqual(['four']);
  const tail = await get({ limit: 2 });
  expect(messagesOf(tail)).toEqual(['three', 'four']);
  const before = await get({ nextToken: tail.nextBackwardToken, limit: 9 });
  expect(messagesOf(before)).toEqual(['one', 'two']);
  const first = await get({ nextToken: before.nextBackwardToken });
  expect([messagesOf(first), first.nextBackwardToken]).toEqual([[], before.nextBackwardToken]);
  expect(messagesOf(await get({ nextToken: tail.nextForwardToken }))).toEqual([]);
  const startTime = tail.events?.[1]?.timestamp ?? 0;
  expect(messagesOf(await get({ startTime, startFromHead: true }))).toEqual(['four']);
  expect(messagesOf(await get({ endTime: startTime }))).toEqual(['one', 'two', 'three']);
  for (const input of [{ nextToken: 'x' }, { logGroupIdentifier: groupArn }, { unmask: true }]) {
    await expect(get(input)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  }
  const unknown = logs.send(new GetLogEventsCommand({ logGroupName, logStreamName: 'two' }));
  await expect(unknown).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('events of several logs are filtered, page by page, by a pattern and by time', async () => {
  const { logs, server, call, put } = await serveLog('ok\nERROR one\n');
  await createBuild(server.folder, '2', { logStream: 'two' });
  server.clock.advance(10_000);
  const { builds } = await call<{ builds: { buildArn: string; fence: number }[] }>('ClaimBuilds', { runner: 'r' });
  const { buildArn, fence } = builds[0] ?? {};
  await call('PutBuildLog', { buildArn, fence, text: 'ERROR two\nok\n' });
  server.clock.advance(10_000);
  await put({ text: 'ERROR three\n' });
  const filter = async (input: object) => {
    const found: string[] = [];
    const pages = paginateFilterLogEvents({ client: logs, pageSize: 1 }, { logGroupName, ...input });
    for await (const { events = [] } of pages)
      found.push(...events.map((one) => `${one.logStreamName} ${one.message}`));
    return found.sort();
  };
  expect(await filter({ filterPattern: 'ERROR' })).toEqual(['one ERROR one', 'one ERROR three', 'two ERROR two']);
  expect(await filter({ logStreamNames: ['two'] })).toEqual(['two ERROR two', 'two ok']);
  expect(await filter({ logStreamNamePrefix: 'o', filterPattern: '?two ?three' })).toEqual(['one ERROR three']);
  expect(await filter({ startTime: server.clock.now() - 5000 })).toEqual(['one ERROR three']);
  const all = await logs.send(new FilterLogEventsCommand({ logGroupIdentifier: groupArn, filterPattern: 'ERROR' }));
  expect(messagesOf(all)).toEqual(['ERROR one', 'ERROR two', 'ERROR three']);
  expect(new Set(all.events?.map(({ eventId }) => eventId)).size).toBe(3);
  const refused = [{ filterPattern: '{ $.level = 1 }' }, { nextToken: 'x' }, { startTime: 9, endTime: 1 }];
  for (const input of refused) await expect(filter(input)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(filter({ logStreamNames: ['three'] })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('lines are read backwards across blocks', async () => {
  const { logs, put } = await serveLog('');
  const lines = Array.from({ length: 3000 }, (_, index) => `${index} `.padEnd(1000, '.'));
  for (let at = 0; at < lines.length; at += 60) await put({ text: `${lines.slice(at, at + 60).join('\n')}\n` });
  const found: (string | undefined)[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, nextToken }));
    if (page.events?.length === 0) break;
    found.unshift(...messagesOf(page));
    nextToken = page.nextBackwardToken;
  }
  expect(found).toEqual(lines);
});

test('policies name groups and streams', async () => {
  const { server, clientOf } = await serveLog('one\n');
  const reader = clientOf(await createKey(server.url, 'reader', ['logs:GetLogEvents']));
  const events = await reader.send(new GetLogEventsCommand({ logGroupName, logStreamName }));
  expect(messagesOf(events)).toEqual(['one']);
  const denied = reader.send(new FilterLogEventsCommand({ logGroupName }));
  await expect(denied).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
