import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BareEndpoint, openBareEndpoint, testAccount } from '../../test/support/bare-endpoint.ts';
import { openEmbeddedStore } from '../store/open.ts';

let live: BareEndpoint;
beforeAll(async () => {
  live = await openBareEndpoint(openEmbeddedStore);
  await live.send({ method: 'PUT', path: '/box' });
});
afterAll(() => live.close());

async function files(): Promise<string[]> {
  const entries = await readdir(live.folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test('a sweep removes what no row names, and nothing else', async () => {
  await live.send({ method: 'PUT', path: '/box/kept', body: 'kept' });
  const begun = await live.send({ method: 'POST', path: '/box/parts?uploads' });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)?.[1];
  await live.send({ method: 'PUT', path: `/box/parts?uploadId=${uploadId}&partNumber=1`, body: 'part' });
  const wanted = await files();
  expect(wanted).toHaveLength(2);

  // What servers leave that were killed while writing, and between moving a file and committing its row.
  await writeFile(join(live.folder, 'incoming', 'a'.repeat(32)), 'half');
  await mkdir(join(live.folder, 'objects', 'bb'), { recursive: true });
  await writeFile(join(live.folder, 'objects', 'bb', 'b'.repeat(32)), 'whole');
  await live.endpoint.sweep();
  expect((await files()).sort()).toEqual(wanted.sort());
  expect((await live.send({ path: '/box/kept' })).text).toBe('kept');
});

test('a sweep leaves alone what is being written', async () => {
  const body = new PassThrough();
  const put = live.endpoint.objects.putObject({ account: testAccount, bucket: 'box', key: 'slow', body });
  body.write('first');
  while ((await readdir(join(live.folder, 'incoming'))).length === 0) await new Promise((next) => setImmediate(next));
  await live.endpoint.sweep();
  body.end(' last');
  await put;
  expect((await live.send({ path: '/box/slow' })).text).toBe('first last');
});
