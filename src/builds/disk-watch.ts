import { spawn } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How much of the time looking may take. */
const shareOfTime = 0.05;

/** What the disk keeps free, so that a build doesn't stop everything else on its machine. */
const reserveBytes = 256 * 1024 ** 2;

export interface DiskWatch {
  maxBytes: number;
  signal: AbortSignal;
  onFull(reason: string): void;
  /** The shortest time between two looks. */
  pollMs?: number;
}

/**
 * Watches what a build has on disk until `signal` aborts; calls `onFull` once, with the reason in words. Counting many
 * files takes long, so that they are counted the more rarely.
 */
export async function watchDisk(
  folders: readonly string[],
  { maxBytes, signal, onFull, pollMs = 2000 }: DiskWatch,
): Promise<void> {
  for (let waitMs = pollMs; !signal.aborted; ) {
    await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    const begun = performance.now();
    const reason = await findReason(folders, maxBytes, signal);
    if (signal.aborted) return;
    if (reason !== undefined) return onFull(reason);
    waitMs = Math.max(pollMs, (performance.now() - begun) / shareOfTime);
  }
}

async function findReason(
  folders: readonly string[],
  maxBytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const folder of folders) {
    const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: Number.POSITIVE_INFINITY, bsize: 1 }));
    if (bavail * bsize < reserveBytes) return 'The disk of this machine is full';
  }
  const bytes = await measure(folders, signal);
  if (bytes <= maxBytes) return undefined;
  return `The build has ${Math.round(bytes / 1024 ** 2)} MiB of files, and may have ${Math.round(maxBytes / 1024 ** 2)} MiB`;
}

/** Returns the bytes that folders take on disk; what can't be read does not count. */
function measure(folders: readonly string[], signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('nice', ['du', '-skx', '--', ...folders], { signal, stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.once('error', () => resolve(0));
    child.once('close', () => {
      const sizes = printed.split('\n').map((line) => Number.parseInt(line, 10) || 0);
      resolve(sizes.reduce((sum, size) => sum + size * 1024, 0));
    });
  });
}
