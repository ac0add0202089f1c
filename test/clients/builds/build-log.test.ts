import { expect, test } from 'vitest';
import type { ClaimBuildsOutput } from '../../../src/contract/generated.ts';
import { createBuild, withStore } from '../../support/builds/create-build.ts';
import { callOwn } from '../../support/requests/own-api.ts';
import { serve, type TestServer } from '../../support/servers/server.ts';

/** Serves a claimed build `mill:1`; `put` appends to its log. */
async function serveBuild(settings: { buildLogMib?: number } = {}) {
  const server = await serve(settings);
  await createBuild(server.folder, '1');
  const { answer } = await callOwn<ClaimBuildsOutput>(server.url, 'ClaimBuilds', { runner: 'r' });
  const { buildArn = '', fence = 0 } = answer.builds[0] ?? {};
  const put = async (input: object) => (await callOwn(server.url, 'PutBuildLog', { buildArn, fence, ...input })).answer;
  return { server, buildArn, fence, put };
}

const marksOf = (server: TestServer) => withStore(server.folder, ({ logs }) => logs.marks('mill:1'));

test('the log of a build takes whole lines from its claim, once each', async () => {
  const { server, put, fence } = await serveBuild();
  expect(await put({ text: '' })).toEqual({ nextOffset: 0, isCut: false });
  const text = '[Container] 2026/07/14 09:57:51.273721 Entering phase BUILD\ngrüße\n';
  const bytes = Buffer.byteLength(text);
  expect(await put({ text, offset: 0 })).toEqual({ nextOffset: bytes, isCut: false });
  expect(await put({ text, offset: 0 })).toEqual({ nextOffset: bytes, isCut: false });
  expect(await put({ text: 'half a line' })).toMatchObject({ __type: 'ValidationException' });
  expect(await put({ text: 'x\n', fence: fence + 1 })).toMatchObject({ __type: 'BuildLeaseLostException' });
  expect(await put({ text: 'x\n', buildArn: 'mill:1' })).toMatchObject({ __type: 'ResourceNotFoundException' });
  expect(await put({ text: `${'x'.repeat(65_536)}\n` })).toMatchObject({ __type: 'ValidationException' });
  expect(await marksOf(server)).toEqual([{ kind: 'phase', name: 'BUILD', offset: 0, line: 0 }]);
});
