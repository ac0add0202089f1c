import { type FileHandle, open } from 'node:fs/promises';

/** Artifacts may contain secrets, so only the user of this process may read them. */
const fileMode = 0o600;

/**
 * Writes a stream to a new file and syncs it; its name is durable only after the sync of its folder. `onWritten` receives
 * the chunks that are no longer needed.
 */
export async function writeSynced(
  path: string,
  chunks: AsyncIterable<Buffer>,
  onWritten?: (chunks: Buffer[]) => void,
): Promise<void> {
  const handle = await open(path, 'wx', fileMode);
  try {
    await writeBatches(handle, chunks, onWritten);
    await handle.sync();
  } finally {
    // Waits for a write in progress.
    await handle.close();
  }
}

/** Bytes per write: every write wakes a thread, which costs more than copying a single chunk. */
const batchBytes = 512 * 1024;

/** Writes in batches; the next batch is collected while one is being written. */
async function writeBatches(
  handle: FileHandle,
  chunks: AsyncIterable<Buffer>,
  onWritten?: (chunks: Buffer[]) => void,
): Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  let batch: Buffer[] = [];
  let heldBytes = 0;
  const writeBatch = async (): Promise<void> => {
    await underWay;
    const written = batch;
    underWay = writeWhole(handle, written, heldBytes).then(() => onWritten?.(written));
    // The next await throws the error; until then it must not count as unhandled.
    underWay.catch(() => undefined);
    batch = [];
    heldBytes = 0;
  };
  for await (const chunk of chunks) {
    batch.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes >= batchBytes) await writeBatch();
  }
  await writeBatch();
  await underWay;
}

/** Writes a batch, since one call may write less than it is given. */
async function writeWhole(handle: FileHandle, batch: Buffer[], byteCount: number): Promise<void> {
  if (byteCount === 0) return;
  const { bytesWritten } = await handle.writev(batch);
  if (bytesWritten === byteCount) return;
  const rest = Buffer.concat(batch).subarray(bytesWritten);
  await writeWhole(handle, [rest], rest.length);
}
