import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type BareEndpoint, openBareEndpoint, testAccount } from '../../../test/support/servers/bare-endpoint.ts';
import type { ObjectIndex } from '../../store/objects/object-index.ts';
import { openEmbeddedStore } from '../../store/open.ts';
import { openObjectFiles } from './object-files.ts';
import { createSweep } from './sweep.ts';

const dayMs = 24 * 60 * 60 * 1000;
const silent = pino({ level: 'silent' });
const noSealer = { seal: (plain: string) => plain, open: (sealed: string) => sealed };

let live: BareEndpoint;
beforeEach(async () => {
  live = await openBareEndpoint(openEmbeddedStore);
  onTestFinished(() => live.close());
  await live.send({ method: 'PUT', path: '/box' });
});

async function filesIn(...kinds: string[]): Promise<string[]> {
  const found = await Promise.all(
    kinds.map((kind) => readdir(join(live.folder, kind), { recursive: true, withFileTypes: true })),
  );
  return found
    .flat()
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

const stored = () => filesIn('objects', 'incoming');

/** Writes an object file without a row, like a server that is killed before it commits. */
async function leave(fileId: string): Promise<void> {
  await mkdir(join(live.folder, 'objects', fileId.slice(0, 2)), { recursive: true });
  await writeFile(join(live.folder, 'objects', fileId.slice(0, 2), fileId), 'whole');
}

/** Sweeps the live files with the test's own clock and index. */
function sweeping({ used = [] as string[], isClockSteady = (): boolean => true, percent = 10 } = {}) {
  let at = 1_000_000;
  const files = openObjectFiles(live.folder, noSealer);
  const index: Pick<ObjectIndex, 'filesInUse'> = { filesInUse: async (ids) => ids.filter((id) => used.includes(id)) };
  const sweep = createSweep({ index, files, now: () => at, log: silent, isClockSteady, percent });
  return {
    sweep,
    used,
    pass: (ms: number) => {
      at += ms;
    },
  };
}

test('a sweep removes only files that no row names', async () => {
  await live.send({ method: 'PUT', path: '/box/kept', body: 'kept' });
  const begun = await live.send({ method: 'POST', path: '/box/parts?uploads' });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)?.[1];
  await live.send({ method: 'PUT', path: `/box/parts?uploadId=${uploadId}&partNumber=1`, body: 'part' });
  const wanted = await stored();
  expect(wanted).toHaveLength(2);

  // Left by servers killed while writing, and between moving a file and committing its row.
  await writeFile(join(live.folder, 'incoming', 'a'.repeat(32)), 'half');
  await leave('b'.repeat(32));
  expect(await live.endpoint.sweep()).toBe(false);
  expect(await stored()).toEqual(wanted);
  expect(await filesIn('orphans')).toEqual(['b'.repeat(32)]);
  expect((await live.send({ path: '/box/kept' })).text).toBe('kept');
});

test('orphans are removed after a week, but not while the clock is unsteady', async () => {
  await leave('b'.repeat(32));
  const first = sweeping();
  await first.sweep();
  first.pass(6 * dayMs);
  await first.sweep();
  expect(await filesIn('orphans')).toEqual(['b'.repeat(32)]);
  const leaping = sweeping({ isClockSteady: () => false });
  leaping.pass(400 * dayMs);
  await leaping.sweep();
  expect(await filesIn('orphans')).toEqual(['b'.repeat(32)]);
  const next = sweeping();
  next.pass(7 * dayMs + 1);
  await next.sweep();
  expect(await filesIn('orphans')).toEqual([]);
});

test('orphans are left alone if they are more than a few and more than a tenth of the files', async () => {
  const fileIds = Array.from({ length: 40 }, (_, index) => index.toString(16).padStart(32, 'c'));
  for (const fileId of fileIds) await leave(fileId);
  await sweeping({ used: fileIds.slice(17) }).sweep();
  expect(await stored()).toEqual([...fileIds].sort());
  await sweeping({ used: fileIds.slice(16) }).sweep();
  expect(await stored()).toEqual(fileIds.slice(16).sort());
  await sweeping({ percent: 100 }).sweep();
  expect(await stored()).toEqual([]);
});

test('a file whose row reappears is brought back when it is read or would be removed', async () => {
  const fileIds = ['d'.repeat(32), 'e'.repeat(32)];
  for (const fileId of fileIds) await leave(fileId);
  const { sweep, used, pass } = sweeping();
  await sweep();
  expect(await stored()).toEqual([]);
  const files = openObjectFiles(live.folder, noSealer);
  const opened = await files.open({ fileId: fileIds[0] ?? '', size: 5 });
  await opened?.close();
  expect(await stored()).toEqual(fileIds.slice(0, 1));
  used.push(...fileIds);
  pass(8 * dayMs);
  await sweep();
  expect(await stored()).toEqual(fileIds);
});

test('a sweep ignores files that are being written', async () => {
  const body = new PassThrough();
  const put = live.endpoint.objects.putObject({ account: testAccount, bucket: 'box', key: 'slow', body });
  body.write('first');
  while ((await readdir(join(live.folder, 'incoming'))).length === 0) await new Promise((next) => setImmediate(next));
  await live.endpoint.sweep();
  body.end(' last');
  await put;
  expect((await live.send({ path: '/box/slow' })).text).toBe('first last');
});
