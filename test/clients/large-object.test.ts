import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const mebibyte = 1024 * 1024;
const chunk = Buffer.alloc(mebibyte, 7);

/** More of it by hand: `LARGE_OBJECT_MIB=5120`. */
const chunks = Number(process.env.LARGE_OBJECT_MIB ?? 256);

/** The most memory the process has had so far; where the system does not tell that, what it has now. */
async function peakBytes(pid: number): Promise<number> {
  if (process.platform !== 'linux') {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
  }
  const [, kibibytes = ''] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

test('a large object comes in and goes out in constant memory, encrypted on the way', async () => {
  const server = await startProcess(await temporaryFolder());
  const client = new S3Client(clientConfig(server.url));
  const where = { Bucket: 'large', Key: 'object' };
  await client.send(new CreateBucketCommand({ Bucket: where.Bucket }));
  // What the first requests need is there before it is measured.
  await client.send(new PutObjectCommand({ ...where, Body: chunk }));
  const before = await peakBytes(server.pid);

  const startedAt = performance.now();
  const Body = Readable.from(
    (function* () {
      for (let count = 0; count < chunks; count += 1) yield chunk;
    })(),
    { objectMode: false },
  );
  await client.send(new PutObjectCommand({ ...where, Body, ContentLength: chunks * mebibyte }));
  const writtenAt = performance.now();
  const afterWriting = await peakBytes(server.pid);
  let received = 0;
  const got = await client.send(new GetObjectCommand(where));
  for await (const bytes of got.Body as Readable) received += (bytes as Buffer).length;
  const readAt = performance.now();
  const afterReading = await peakBytes(server.pid);
  expect(received).toBe(chunks * mebibyte);
  if (process.env.LARGE_OBJECT_MIB !== undefined) {
    const rate = (ms: number) => `${Math.round((chunks * 1000) / ms)} MiB/s`;
    const peaks = [before, afterWriting, afterReading].map((bytes) => `${Math.round(bytes / mebibyte)} MiB`);
    console.info(`in ${rate(writtenAt - startedAt)}, out ${rate(readAt - writtenAt)}, peaks ${peaks.join(', ')}`);
  }
  expect(afterReading - before).toBeLessThan(150 * mebibyte);
}, 600_000);
