import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataFolderError, writeProfile, writeServerFile } from '../installation/data-folder.ts';
import { environmentLines, shellQuoted } from './env.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'millrace-env-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

const awkward = `it's "$HOME" \`id\` $(id) \\ ! # ; & * ?`;

test('what a shell evaluates is what was written, whatever the values hold', async () => {
  await writeServerFile(data, { url: 'http://127.0.0.1:7090', region: 'eu-west-1', account: '123456789012' });
  await writeProfile(data, { accessKeyId: 'AKIAEXAMPLEEXAMPLE00', secretAccessKey: awkward });
  const lines = await environmentLines({ flags: { data }, env: {} });
  const printed = execFileSync('/bin/sh', ['-c', 'eval "$LINES_TO_EVALUATE" && env'], {
    env: {
      LINES_TO_EVALUATE: lines.join('\n'),
      PATH: process.env.PATH,
      AWS_PROFILE: 'another',
      AWS_SESSION_TOKEN: 'another',
      AWS_ACCESS_KEY_ID: 'another',
    },
    encoding: 'utf8',
  });
  const environment = printed.split('\n').filter((line) => line.startsWith('AWS_'));
  expect(environment.sort()).toEqual([
    'AWS_ACCESS_KEY_ID=AKIAEXAMPLEEXAMPLE00',
    'AWS_DEFAULT_REGION=eu-west-1',
    'AWS_ENDPOINT_URL=http://127.0.0.1:7090',
    'AWS_REGION=eu-west-1',
    `AWS_SECRET_ACCESS_KEY=${awkward}`,
  ]);
});

test('the folder comes from MILLRACE_DATA too, and one without a server is refused', async () => {
  await expect(environmentLines({ flags: {}, env: { MILLRACE_DATA: data } })).rejects.toThrow(DataFolderError);
});

test('a quoted value is one word of a shell', () => {
  expect(shellQuoted("it's")).toBe(`'it'\\''s'`);
  expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellQuoted(awkward)}`], { encoding: 'utf8' })).toBe(awkward);
});

test('others get the public URL', async () => {
  const publicUrl = 'https://mill.example.org';
  await writeServerFile(data, {
    url: 'http://127.0.0.1:7090',
    publicUrl,
    region: 'eu-west-1',
    account: '123456789012',
  });
  await writeProfile(data, { accessKeyId: 'AKIAEXAMPLEEXAMPLE00', secretAccessKey: 'secret' });
  const [endpoint] = await environmentLines({ flags: { data }, env: {} });
  expect(endpoint).toBe("export AWS_ENDPOINT_URL='https://mill.example.org'");
});
