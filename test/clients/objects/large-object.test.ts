import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { clientConfig } from '../../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../../support/servers/server-process.ts';

const mebibyte = 1024 * 1024;
const chunk = Buffer.alloc(mebibyte, 7);

/** Size of the object in MiB; set LARGE_OBJECT_MIB=5120 for a larger one and the throughput. */
const chunks = Number(process.env.LARGE_OBJECT_MIB ?? 256);

/** Returns the process's peak memory; outside Linux only its current memory. */
async function peakBytes(pid: number): Promise<number> {
  if (process.platform !== 'linux') {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
  }
  const [, kibibytes = ''] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

test('a large object is stored encrypted and read in constant memory', async () => {
  const server = await startProcess(await temporaryFolder());
  const client = new S3Client(clientConfig(server.url));
  const where = { Bucket: 'large', Key: 'object' };
  await client.send(new CreateBucketCommand({ Bucket: where.Bucket }));
  // A first request keeps one-time allocations out of the measurement.
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
