import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { lockFolder } from './folder-lock.ts';

const holder = fileURLToPath(new URL('../../test/support/machine/lock-holder.mjs', import.meta.url));

/** Starts a process that tries to lock `folder`; `answer` is its output. */
async function startHolder(folder: string): Promise<{ child: ChildProcess; answer: string }> {
  const child = spawn(process.execPath, [holder, join(folder, 'lock.sqlite')], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [answer] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, answer: answer.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('the lock of a data folder', () => {
  test('rejects a folder that another process has locked, naming the process', async () => {
    const folder = temporaryFolder();
    const { child, answer } = await startHolder(folder);
    expect(answer).toBe('held');
    writeFileSync(join(folder, 'lock.pid'), String(child.pid));
    await expect(lockFolder(folder)).rejects.toThrow(
      `The data folder ${folder} is in use by another Millrace (process ${child.pid}). Stop that one, or give this one a folder of its own with --data.`,
    );
  });

  test('is free as soon as its holder is killed', async () => {
    const folder = temporaryFolder();
    const { child } = await startHolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow('in use by another Millrace (process unknown)');
    await kill(child);
    (await lockFolder(folder)).release();
  });

  test('keeps other processes out until it is released', async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder);
    expect((await startHolder(folder)).answer).toBe('refused');
    lock.release();
    expect((await startHolder(folder)).answer).toBe('held');
  });

  test('is refused a second time in the same process, without effect on the first', async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`in use by another Millrace (process ${process.pid})`);
    expect((await startHolder(folder)).answer).toBe('refused');
    lock.release();
    (await lockFolder(folder)).release();
  });

  test('survives garbage collection of its handle', async () => {
    const folder = temporaryFolder();
    const lockAndForget = async () => void (await lockFolder(folder));
    await lockAndForget();
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    for (let round = 0; round < 5; round += 1) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await startHolder(folder)).answer).toBe('refused');
  });

  test('does not mistake other errors for a lock held by another server', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'lock.sqlite'),
      'no database at all, but long enough to have a header of its own '.repeat(8),
    );
    await expect(lockFolder(folder)).rejects.not.toThrow('in use by another');
    const other = temporaryFolder();
    mkdirSync(join(other, 'lock.sqlite'));
    await expect(lockFolder(other)).rejects.not.toThrow('in use by another');
  });
});
