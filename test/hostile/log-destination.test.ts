import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { sendRaw } from '../support/requests/signed-request.ts';
import { type ServerProcess, startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const mebibyte = 1024 * 1024;

/** Makes calls that are logged, all of which must succeed. */
async function makeCalls({ url }: ServerProcess, count: number): Promise<void> {
  for (let made = 0; made < count; made += 50) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => sendRaw(url, { method: 'GET', path: `/-/${'x'.repeat(20)}` })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(404));
  }
}

async function droppedLines({ url }: ServerProcess): Promise<number> {
  const { body } = await sendRaw(url, { method: 'GET', path: '/-/metrics' });
  return Number(/^millrace_log_lines_dropped_total (\d+)$/m.exec(body)?.[1]);
}

test('log lines lost to a full disk are counted; the server keeps running and stops cleanly', async () => {
  const server = await startProcess(await temporaryFolder(), [], { errorFile: '/dev/full' });
  await makeCalls(server, 50);
  await expect.poll(() => droppedLines(server)).toBeGreaterThanOrEqual(50);
  expect(await server.end('SIGTERM')).toBe(0);
});

test('a log pipe without a reader blocks neither the server nor its shutdown', { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  const errorFile = join(folder, 'log.pipe');
  await promisify(execFile)('mkfifo', [errorFile]);
  const reader = openSync(errorFile, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(reader));
  const server = await startProcess(join(folder, 'data'), [], { errorFile });
  await makeCalls(server, 2000);
  expect(await droppedLines(server)).toBe(0);
  await makeCalls(server, 5000);
  expect(await droppedLines(server)).toBeGreaterThan(0);

  // Once the pipe is read again, logging continues and reports the missing lines.
  let text = '';
  const chunk = Buffer.alloc(mebibyte);
  const readOn = async () => {
    await makeCalls(server, 50);
    try {
      text += chunk.toString('utf8', 0, readSync(reader, chunk));
    } catch {
      // The pipe was empty at this moment.
    }
    return text;
  };
  await expect.poll(readOn, { timeout: 20_000 }).toMatch(/"dropped":\d+,"msg":"log lines were lost/);

  await makeCalls(server, 1000);
  expect(await server.end('SIGTERM')).toBe(0);
});

test('closing the log pipe does not affect the server', async () => {
  const server = await startProcess(await temporaryFolder());
  server.closeLog();
  await makeCalls(server, 50);
  await expect.poll(() => droppedLines(server)).toBeGreaterThan(0);
  expect(await server.end('SIGTERM')).toBe(0);
});
