import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { withStore } from '../../support/builds/create-build.ts';
import { failingLog, ownLine, serveBuild } from '../../support/logs/served-build.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { serveWithStore } from '../../support/servers/external-store.ts';

const logId = 'mill:1';
const megabyte = 1024 * 1024;

interface Found {
  matches: { line: number; offset: number; text: string }[];
  nextOffset?: number;
}

test('the log of a build takes text from its claim, once each', async () => {
  const { server, put, claim } = await serveBuild();
  expect(await put({ text: '' })).toEqual({ nextOffset: 0, isCut: false });
  const text = `${ownLine('Entering phase BUILD')}grüße\n`;
  const bytes = Buffer.byteLength(text);
  expect(await put({ text, offset: 0 })).toEqual({ nextOffset: bytes, isCut: false });
  expect(await put({ text, offset: 0 })).toEqual({ nextOffset: bytes, isCut: false });
  expect(await put({ text: 'x\n', fence: claim.fence + 1 })).toMatchObject({ __type: 'BuildLeaseLostException' });
  expect(await put({ text: 'x\n', buildArn: logId })).toMatchObject({ __type: 'ResourceNotFoundException' });
  expect(await put({ text: `${'x'.repeat(65_536)}\n` })).toMatchObject({ __type: 'ValidationException' });
  const marks = await withStore(server.folder, ({ logs }) => logs.marks(logId));
  expect(marks).toEqual([{ kind: 'phase', name: 'BUILD', offset: 0, line: 0 }]);
});

test('a log is read while it grows, from any line, until its build has ended', async () => {
  const { call, put, finish } = await serveBuild();
  const get = (input: object) => call('GetLog', { logId, ...input });
  expect(await get({})).toEqual({ text: '', offset: 0, line: 0, nextOffset: 0, isComplete: false, isCut: false });
  const held = get({ waitSeconds: 20 });
  await put({ text: 'one\ntwo\nthree\n' });
  expect(await held).toEqual({
    ...{ text: 'one\ntwo\nthree\n', offset: 0, line: 0, nextOffset: 14, isComplete: false, isCut: false },
  });
  expect(await get({ line: 1 })).toMatchObject({ text: 'two\nthree\n', offset: 4, line: 1 });
  expect(await get({ lastLines: 1 })).toMatchObject({ text: 'three\n', offset: 8, line: 2 });
  expect(await get({ lastLines: 99 })).toMatchObject({ line: 0 });
  expect(await get({ line: 99 })).toMatchObject({ text: '', offset: 14, line: 3 });
  const last = get({ offset: 14, waitSeconds: 20 });
  await finish('SUCCEEDED');
  expect(await last).toMatchObject({ text: '', isComplete: true });
  expect(await get({ offset: 999 })).toMatchObject({ text: '', nextOffset: 999, isComplete: true });
});

test('a log says where its build failed, and is searched on the server', async () => {
  const { call, put, finish } = await serveBuild();
  expect(await call('DescribeLog', { logId })).toMatchObject({ bytes: 0, marks: [], isComplete: false });
  await put({ text: failingLog });
  await finish('FAILED');
  expect(await call('DescribeLog', { logId })).toMatchObject({
    logGroup: '/aws/codebuild/mill',
    logStream: 'one',
    lines: 9,
    isComplete: true,
    failure: { phase: 'BUILD', command: 'make', exitStatus: 2, line: 3, failureLine: 6 },
  });
  const search = (input: object) => call<Found>('SearchLog', { logId, ...input });
  expect((await search({ text: 'ERROR' })).matches.map(({ line }) => line)).toEqual([5, 8]);
  expect((await search({ text: 'Error:', isCaseSensitive: true })).matches).toMatchObject([
    { line: 5, text: 'Error: no rule', offset: Buffer.byteLength(failingLog.split('Error:')[0] ?? '') },
  ]);
  const first = await search({ text: 'make', maxResults: 1 });
  expect(first).toMatchObject({ matches: [{ line: 3 }] });
  expect((await search({ text: 'make', offset: first.nextOffset })).matches.map(({ line }) => line)).toEqual([6, 8]);
  expect(await search({ text: 'nowhere' })).toEqual({ matches: [], searchedOffset: Buffer.byteLength(failingLog) });
});

test('a log of some megabytes is in blocks, and found from its first line to its last', async () => {
  const { server, call, put } = await serveBuild({ buildLogMib: 10 });
  const lines = Array.from({ length: 4000 }, (_, index) => `${index} ${'x'.repeat(8)}`.padEnd(15, '.'));
  for (let round = 0; round < 48; round += 1) await put({ text: `${lines.join('\n')}\n` });
  await put({ text: 'needle\n' });
  const log = await withStore(server.folder, ({ logs }) => logs.find(logId));
  expect(log?.lines).toBe(48 * 4000 + 1);
  expect(log?.blockBytes).toBeGreaterThan(2.5 * megabyte);
  expect((await call<Found>('SearchLog', { logId, text: 'needle' })).matches).toMatchObject([{ line: 192_000 }]);
  expect((await call<{ text: string }>('GetLog', { logId, line: 100_003 })).text).toMatch(/^3 xxxxxxxx/);
  await server.restart();
  let text = '';
  for (let offset = 0; ; ) {
    const page = await call<{ text: string; nextOffset: number }>('GetLog', { logId, offset });
    if (page.text === '') break;
    text += page.text;
    offset = page.nextOffset;
  }
  expect(text).toBe(`${`${lines.join('\n')}\n`.repeat(48)}needle\n`);
});

test('with an external store blocks are objects of the bucket for logs; while they can not be stored, rows', async () => {
  const { server, call, put } = await serveBuild({ logBucket: 'all-logs' }, serveWithStore);
  const text = `${'x'.repeat(65_535)}\n`;
  const rowsOnly = async () => (await withStore(server.folder, ({ logs }) => logs.find(logId)))?.blockBytes;
  for (let count = 0; count < 5; count += 1) expect(await put({ text })).toMatchObject({ isCut: false });
  expect(await rowsOnly()).toBe(0);
  await server.s3().send(new CreateBucketCommand({ Bucket: 'all-logs' }));
  for (let count = 0; count < 4; count += 1) await put({ text });
  const { Contents } = await server.s3().send(new ListObjectsV2Command({ Bucket: 'all-logs' }));
  expect(Contents?.map(({ Key }) => Key)).toEqual([
    expect.stringMatching(/^millrace-logs\/us-east-1\/mill%3A1\/0-/),
    expect.stringMatching(/^millrace-logs\/us-east-1\/mill%3A1\/262144-/),
  ]);
  expect(await rowsOnly()).toBe(8 * 65_536);
  const { text: first } = await call<{ text: string }>('GetLog', { logId });
  expect(first).toBe(text.repeat(9).slice(0, first.length));
  expect(first.length).toBeGreaterThan(8 * 65_536);
});

test('a log that is too long is cut, and ends with its last lines', async () => {
  const { call, put } = await serveBuild({ buildLogMib: 1 });
  const text = `${'x'.repeat(65_535)}\n`;
  for (let count = 0; count < 16; count += 1) await put({ text });
  const cut = await put({ text });
  expect(cut).toMatchObject({ isCut: true });
  expect(await put({ text, offset: cut.nextOffset })).toEqual(cut);
  await put({ text: 'the end\n', offset: cut.nextOffset, omittedBytes: 123_456 });
  const end = await call<{ text: string }>('GetLog', { logId, lastLines: 3 });
  expect(end.text).toBe(
    '[The log is cut here: it may have 1 MiB. Its last lines follow when it has ended.]\n[188992 bytes are missing here.]\nthe end\n',
  );
});

test('only callers with a policy for the log read it, and unknown logs are reported', async () => {
  const { server, put } = await serveBuild();
  await put({ text: 'secret plans\n' });
  const reader = await createKey(server.url, 'reader', ['millrace:GetLog']);
  expect((await callOwn(server.url, 'GetLog', { logId }, reader)).answer).toMatchObject({ text: 'secret plans\n' });
  const calls = { SearchLog: { logId, text: 'x' }, DescribeLog: { logId } };
  for (const [operation, input] of Object.entries(calls)) {
    expect((await callOwn(server.url, operation, input, reader)).answer).toMatchObject({
      __type: 'AccessDeniedException',
    });
  }
  for (const id of ['mill:2', 'nope', '']) {
    expect((await callOwn(server.url, 'GetLog', { logId: id })).answer).toMatchObject({
      __type: 'ResourceNotFoundException',
    });
  }
});
