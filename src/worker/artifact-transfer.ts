import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Job, JobDetails, S3ArtifactLocation } from '../contract/generated.ts';
import { keepCredentials } from './job-credentials.ts';
import { JobFailure } from './job-failure.ts';
import { uploadObject } from './upload-object.ts';

const maxDownloadAttempts = 3;
const connectionTimeoutMs = 5_000;
const socketTimeoutMs = 120_000;

/** Moves the artifacts of one job; failures are thrown as JobFailure with a fitting type. */
export interface ArtifactTransfer {
  download(location: S3ArtifactLocation, file: string, signal: AbortSignal): Promise<void>;
  /** Uploads a stream of unknown length in constant memory. */
  upload(location: S3ArtifactLocation, body: Readable, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Where the artifacts of a job are. Without an endpoint the SDK's own settings decide. */
export interface TransferOptions {
  job: Job;
  /** GetJobDetails of the job's source, for transfers that outlive the credentials. */
  refresh?: (job: Job) => Promise<JobDetails>;
  endpoint?: string;
  region?: string;
  now?: () => number;
}

/** Opens a transfer with the job's own credentials, which open exactly its artifacts (behaviour A.5). */
export function openArtifactTransfer(options: TransferOptions): ArtifactTransfer {
  const { endpoint, job, region } = options;
  const credentials = keepCredentials(job, options.refresh, options.now ?? Date.now);
  const client = new S3Client({
    // Expired at once, so that the SDK asks before every request and the age is judged in one place.
    credentials: async () => ({ ...(await credentials.current()), expiration: new Date(0) }),
    // A bucket in the host name reaches a self-hosted server only with wildcard DNS (clients 37).
    forcePathStyle: endpoint !== undefined || isEndpointInEnvironment(),
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: connectionTimeoutMs, socketTimeout: socketTimeoutMs },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
  });

  async function send<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof Error && expiredErrors.has(error.name))) throw error;
      credentials.expire();
      return await request();
    }
  }

  async function download({ bucketName, objectKey }: S3ArtifactLocation, file: string, signal: AbortSignal) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const command = new GetObjectCommand({ Bucket: bucketName, Key: objectKey });
        const { Body } = await send(() => client.send(command, { abortSignal: signal }));
        return await pipeline(Body as Readable, createWriteStream(file), { signal });
      } catch (error) {
        // The SDK repeats requests but not bodies that break off half-way.
        if (signal.aborted || isAnswer(error) || attempt >= maxDownloadAttempts) throw error;
      }
    }
  }

  const kmsKeyId = job.data?.encryptionKey?.id;
  return {
    download: (location, file, signal) =>
      download(location, file, signal).catch((error) => fail('read', location, error)),
    upload: (location, body, signal) =>
      uploadObject({ client, send, location, body, kmsKeyId, signal })
        .catch((error) => fail('write', location, error))
        .finally(() => body.destroy()),
    close: () => client.destroy(),
  };
}

const expiredErrors = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);

function isEndpointInEnvironment(): boolean {
  return Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL);
}

/** HTTP status of an error that is the store's answer, undefined for all others. */
function answeredStatus(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function isAnswer(error: unknown): boolean {
  const status = answeredStatus(error);
  return status !== undefined && status >= 400 && status < 500;
}

function fail(verb: 'read' | 'write', location: S3ArtifactLocation, error: unknown): never {
  if (error instanceof JobFailure) throw error;
  const where = `s3://${location.bucketName}/${location.objectKey}`;
  const { message, name } = error instanceof Error ? error : new Error(String(error));
  const status = answeredStatus(error);
  if (status === 403) throw new JobFailure('PermissionError', `No permission to ${verb} ${where}: ${message}`, error);
  const type = status === 404 ? 'ConfigurationError' : isAnswer(error) ? 'JobFailed' : 'SystemUnavailable';
  throw new JobFailure(type, `Could not ${verb} ${where}: ${name}: ${message}`, error);
}
