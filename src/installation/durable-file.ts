import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a small file of the owner's so that a kill, a full disk or a power cut leaves it whole or as it was, and that it
 * stays once this has returned: what it says may be relied on in a database that is durable by itself.
 */
export function writeDurably(file: string, text: string): void {
  const draft = `${file}.draft`;
  try {
    synced(openSync(draft, 'w', 0o600), (descriptor) => writeFileSync(descriptor, text));
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  // A name is an entry of its folder, which goes to the disk by itself.
  synced(openSync(dirname(file), 'r'), () => undefined);
}

function synced(descriptor: number, work: (descriptor: number) => void): void {
  try {
    work(descriptor);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The text of a file; undefined when there is none. */
export function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
