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

test('a shell evaluates to the values that were written, whatever they contain', async () => {
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

test('the folder may come from MILLRACE_DATA, and one without a server is rejected', async () => {
  await expect(environmentLines({ flags: {}, env: { MILLRACE_DATA: data } })).rejects.toThrow(DataFolderError);
});

test('a quoted value is one shell word', () => {
  expect(shellQuoted("it's")).toBe(`'it'\\''s'`);
  expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellQuoted(awkward)}`], { encoding: 'utf8' })).toBe(awkward);
});

test('clients get the public URL', async () => {
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
