import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { S3ArtifactLocation } from '../../contract/generated.ts';

/** How often in a row a download may break off without yielding a byte. */
const maxEmptyAttempts = 5;

/** One download; `send` wraps each request to renew expired credentials and wait for an unavailable server. */
export interface Download {
  client: S3Client;
  send<T>(request: () => Promise<T>): Promise<T>;
  location: S3ArtifactLocation;
  signal: AbortSignal;
}

/** Yields the bytes of an object; resumes where a connection broke off, but only with the same object. */
export async function* readObject({ client, location, send, signal }: Download): AsyncGenerator<Buffer> {
  const target = { Bucket: location.bucketName, Key: location.objectKey };
  let receivedBytes = 0;
  let etag: string | undefined;
  for (let emptyAttempts = 0; ; ) {
    const rest = receivedBytes === 0 ? {} : { Range: `bytes=${receivedBytes}-`, IfMatch: etag };
    const answer = await send(() => client.send(new GetObjectCommand({ ...target, ...rest }), { abortSignal: signal }));
    if (receivedBytes > 0 && answer.ContentRange === undefined) throw new Error('the store does not support ranges');
    etag ??= answer.ETag;
    try {
      for await (const chunk of answer.Body as AsyncIterable<Buffer>) {
        receivedBytes += chunk.length;
        emptyAttempts = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      // The SDK retries requests, but not response bodies that break off.
      emptyAttempts += 1;
      if (signal.aborted || emptyAttempts >= maxEmptyAttempts) throw error;
    }
  }
}
