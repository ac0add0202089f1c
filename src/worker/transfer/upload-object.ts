import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3ArtifactLocation } from '../../contract/generated.ts';
import { JobFailure } from '../job-failure.ts';

/** Larger objects are uploaded in parts of this size, one after the other, as AWS's own plugin does (behaviour A.5). */
const partBytes = 5 * 1024 * 1024;
/** S3's limit; with this part size an artifact may have 48 GiB. */
const maxParts = 10_000;

/** One upload; `send` wraps each request to renew expired credentials and wait for an unavailable server. */
export interface Upload {
  client: S3Client;
  send<T>(request: () => Promise<T>): Promise<T>;
  location: S3ArtifactLocation;
  bytes: AsyncIterable<Buffer>;
  contentType: string;
  /** Declared by the artifact store; absent means the object store's default key. */
  kmsKeyId: string | undefined;
  signal: AbortSignal;
}

/** Uploads a stream of unknown length with at most two parts in memory; aborts a failed multipart upload. */
export async function uploadObject(upload: Upload): Promise<void> {
  const { bytes, client, send, signal } = upload;
  const parts = cutIntoParts(bytes);
  const first = await parts.next();
  const second = await parts.next();
  const content = first.done ? Buffer.alloc(0) : first.value;
  if (second.done) {
    const command = new PutObjectCommand({ ...headers(upload), Body: content });
    await send(() => client.send(command, { abortSignal: signal }));
    return;
  }
  const create = new CreateMultipartUploadCommand(headers(upload));
  const { UploadId } = await send(() => client.send(create, { abortSignal: signal }));
  const target = { ...address(upload), UploadId };
  try {
    const uploaded = [await putPart(upload, target, 1, content), await putPart(upload, target, 2, second.value)];
    for await (const part of parts) uploaded.push(await putPart(upload, target, uploaded.length + 1, part));
    const complete = new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: uploaded } });
    await send(() => client.send(complete, { abortSignal: signal }));
  } catch (error) {
    // Abandoned parts would use space. If the clean-up fails too, only the first error matters.
    await client.send(new AbortMultipartUploadCommand(target)).catch(() => undefined);
    throw error;
  }
}

type Target = ReturnType<typeof address> & { UploadId: string | undefined };

async function putPart(upload: Upload, target: Target, PartNumber: number, Body: Buffer): Promise<CompletedPart> {
  if (PartNumber > maxParts) throw new JobFailure('JobFailed', 'The artifact is larger than 10,000 parts of 5 MiB.');
  const command = new UploadPartCommand({ ...target, PartNumber, Body });
  const answer = await upload.send(() => upload.client.send(command, { abortSignal: upload.signal }));
  // CompleteMultipartUpload must repeat the checksum that the SDK sent with the part.
  return { PartNumber, ETag: answer.ETag, ChecksumCRC32: answer.ChecksumCRC32 };
}

function address({ location }: Upload) {
  return { Bucket: location.bucketName, Key: location.objectKey };
}

function headers(upload: Upload) {
  const key = upload.kmsKeyId === undefined ? {} : { SSEKMSKeyId: upload.kmsKeyId };
  return { ...address(upload), ServerSideEncryption: 'aws:kms' as const, ...key, ContentType: upload.contentType };
}

async function* cutIntoParts(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    size += chunk.length;
    while (size >= partBytes) {
      const gathered = Buffer.concat(chunks);
      yield gathered.subarray(0, partBytes);
      chunks = [gathered.subarray(partBytes)];
      size -= partBytes;
    }
  }
  if (size > 0) yield Buffer.concat(chunks);
}
