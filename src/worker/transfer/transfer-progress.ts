import type { Log } from '../log.ts';

const reportEveryMs = 10_000;
const bytesPerMib = 1024 * 1024;

/** Passes bytes through and logs every 10 s how many MiB have been transferred. */
export async function* logProgress(
  bytes: AsyncIterable<Buffer>,
  { log, jobId, object, doing }: { log: Log; jobId: string | undefined; object: string; doing: string },
  now: () => number,
): AsyncGenerator<Buffer> {
  let total = 0;
  let reportedAt = now();
  for await (const chunk of bytes) {
    total += chunk.length;
    if (now() - reportedAt >= reportEveryMs) {
      reportedAt = now();
      log.info({ jobId, object, mib: Math.floor(total / bytesPerMib) }, doing);
    }
    yield chunk;
  }
}
