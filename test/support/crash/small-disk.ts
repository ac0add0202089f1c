import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Mounts a 24 MiB file system in memory while `work` runs; rejects if that is not allowed. */
export async function withSmallDisk<T>(work: (disk: string) => Promise<T>): Promise<T> {
  const disk = await mkdtemp(join(tmpdir(), 'millrace-full-disk-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk);
    try {
      return await work(disk);
    } finally {
      run('umount', disk);
    }
  } finally {
    await rm(disk, { recursive: true, force: true });
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `A full disk needs a small one to be mounted, which takes root: ${command} failed: ${error ?? stderr}`,
  );
}
