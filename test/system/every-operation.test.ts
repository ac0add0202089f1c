import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { awsCli, clientEnvironment } from '../support/requests/aws-cli.ts';
import { everyOperation, newerOperations } from '../support/requests/every-operation.ts';
import { rootKey } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const known = Object.entries(everyOperation).filter(([name]) => !newerOperations.has(name));
const expected = Object.fromEntries(known.map(([name, { outcome }]) => [name, outcome]));
const script = fileURLToPath(new URL('every-operation.py', import.meta.url));

async function serveProcess() {
  const folder = await temporaryFolder();
  const server = await startProcess(join(folder, 'data'));
  return { folder, url: server.url };
}

test('boto3 calls the 39 operations it knows and parses every response', async () => {
  const { folder, url } = await serveProcess();
  const python = spawn('/usr/bin/python3', [script, url], { env: clientEnvironment(folder, rootKey) });
  python.stdin.end(JSON.stringify(Object.fromEntries(known.map(([name, { input }]) => [name, input]))));
  const [printed, complaints] = await Promise.all([text(python.stdout), text(python.stderr)]);
  expect(complaints).toBe('');
  expect(JSON.parse(printed)).toEqual(expected);
  expect(known).toHaveLength(39);
});

test('the AWS CLI calls the 39 operations it knows and parses every response', async () => {
  const { folder, url } = await serveProcess();
  const aws = awsCli(url, folder, rootKey);
  const outcomes: Record<string, string> = {};
  const waiting = [...known];
  const callNext = async (): Promise<void> => {
    const next = waiting.shift();
    if (!next) return;
    const [name, { input }] = next;
    const command = name.replace(/(?<!^)(?=[A-Z])/g, '-').toLowerCase();
    const { code, stderr } = await aws.call(['codepipeline', command, '--cli-input-json', JSON.stringify(input)]);
    outcomes[name] = code === 0 ? 'ok' : (/\((\w+)\) when calling/.exec(stderr)?.[1] ?? stderr);
    return callNext();
  };
  // Two at a time: each start of the client takes a second of CPU time.
  await Promise.all([callNext(), callNext()]);
  expect(outcomes).toEqual(expected);
}, 180_000);
