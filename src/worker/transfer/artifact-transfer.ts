import { createWriteStream } from 'node:fs';
import type { Agent } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { Job, JobDetails, S3ArtifactLocation } from '../../contract/generated.ts';
import { JobFailure } from '../job-failure.ts';
import type { Log } from '../log.ts';
import { keepCredentials } from '../loop/job-credentials.ts';
import { backoffMs, sleep as realSleep, type Sleep } from '../loop/sleep.ts';
import { readObject } from './read-object.ts';
import { logProgress } from './transfer-progress.ts';
import { uploadObject } from './upload-object.ts';

/** How long a request is retried while the store is unavailable: a restart must not fail a job. */
const longestOutageMs = 10 * 60 * 1000;
const delaysMs: [number, number] = [200, 10_000];
const connectionTimeoutMs = 5_000;
const socketTimeoutMs = 120_000;

/** Moves the artifacts of one job; throws JobFailure with a suitable type. */
export interface ArtifactTransfer {
  download(location: S3ArtifactLocation, file: string, signal: AbortSignal): Promise<void>;
  /** Streams the bytes; resumes where a connection broke off. */
  open(location: S3ArtifactLocation, signal: AbortSignal): Readable;
  /** Uploads a stream of unknown length in constant memory; the default `contentType` is that of a zip. */
  upload(location: S3ArtifactLocation, body: Readable, signal: AbortSignal, contentType?: string): Promise<void>;
  close(): void;
}

/** Where the artifacts of a job are: at the server's endpoint, or where the SDK's configuration says. */
export interface TransferOptions {
  job: Job;
  /** GetJobDetails of the job's source, for transfers that outlive the credentials. */
  refresh?: (job: Job) => Promise<JobDetails>;
  endpoint?: string;
  /** Makes the connections to a server whose certificate no authority vouches for. */
  httpsAgent?: Agent;
  region?: string;
  /** Logs a long transfer every 10 s. */
  log?: Log;
  now?: () => number;
  sleep?: Sleep;
}

/** Opens a transfer with the job's own credentials, which give access to exactly its artifacts (behaviour A.5). */
export function openArtifactTransfer(options: TransferOptions): ArtifactTransfer {
  const { httpsAgent, job, log, now = Date.now, sleep = realSleep, region } = options;
  const endpoint = storeEndpoint(options.endpoint);
  const credentials = keepCredentials(job, options.refresh, now);
  const client = new S3Client({
    // Expired from the start, so that the SDK asks before every request and `current` alone decides about renewal.
    credentials: async () => ({ ...(await credentials.current()), expiration: new Date(0) }),
    // A bucket in the host name reaches a self-hosted server only with wildcard DNS (clients 37).
    forcePathStyle: endpoint !== undefined || isEndpointInEnvironment(),
    followRegionRedirects: true,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      socketTimeout: socketTimeoutMs,
      ...(httpsAgent && { httpsAgent }),
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
  });

  async function send<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    let isRenewed = false;
    let waitedMs = 0;
    for (let attempt = 0; ; ) {
      try {
        return await request();
      } catch (error) {
        if (!isRenewed && error instanceof Error && expiredErrors.has(error.name)) {
          isRenewed = true;
          credentials.expire();
          continue;
        }
        if (signal.aborted || !isTemporary(error) || waitedMs >= longestOutageMs) throw error;
        const delayMs = backoffMs(attempt, delaysMs, Math.random);
        await sleep(delayMs, signal);
        waitedMs += delayMs;
        attempt += 1;
      }
    }
  }

  async function* readOrFail(location: S3ArtifactLocation, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      yield* readObject({ client, send: (request) => send(request, signal), location, signal });
    } catch (error) {
      fail('read', location, error);
    }
  }

  const metered = (bytes: AsyncIterable<Buffer>, { objectKey }: S3ArtifactLocation, doing: string) =>
    log ? logProgress(bytes, { log, jobId: job.id, object: objectKey ?? '', doing }, now) : bytes;
  const kmsKeyId = job.data?.encryptionKey?.id;
  const open = (location: S3ArtifactLocation, signal: AbortSignal) =>
    Readable.from(metered(readOrFail(location, signal), location, 'downloading an artifact'), { objectMode: false });
  return {
    open,
    download: (location, file, signal) => pipeline(open(location, signal), createWriteStream(file), { signal }),
    upload(location, body, signal, contentType = 'application/zip') {
      const bytes = metered(body, location, 'uploading an artifact');
      return uploadObject({
        client,
        send: (request) => send(request, signal),
        location,
        bytes,
        contentType,
        kmsKeyId,
        signal,
      })
        .catch((error) => fail('write', location, error))
        .finally(() => body.destroy());
    },
    close: () => client.destroy(),
  };
}

const expiredErrors = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);

/** Returns the server's URL, which serves objects too, unless it is AWS or the environment names another place. */
function storeEndpoint(endpoint: string | undefined): string | undefined {
  const isAws = endpoint !== undefined && /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
  return isAws || process.env.AWS_ENDPOINT_URL_S3 ? undefined : endpoint;
}

function isEndpointInEnvironment(): boolean {
  return Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL);
}

/** Returns the HTTP status of an error response; undefined for any other error. */
function responseStatus(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function isClientError(error: unknown): boolean {
  const status = responseStatus(error);
  return status !== undefined && status >= 400 && status < 500;
}

/** Returns whether the store or server is unavailable, overloaded or throttles; a 501 is permanent. */
function isTemporary(error: unknown): boolean {
  if (error instanceof JobFailure) return false;
  const status = responseStatus(error);
  return status === undefined || status === 429 || (status >= 500 && status !== 501);
}

function fail(verb: 'read' | 'write', location: S3ArtifactLocation, error: unknown): never {
  if (error instanceof JobFailure) throw error;
  const where = `s3://${location.bucketName}/${location.objectKey}`;
  const { message, name } = error instanceof Error ? error : new Error(String(error));
  const status = responseStatus(error);
  if (status === 403) throw new JobFailure('PermissionError', `No permission to ${verb} ${where}: ${message}`, error);
  const type = status === 404 ? 'ConfigurationError' : isClientError(error) ? 'JobFailed' : 'SystemUnavailable';
  throw new JobFailure(type, `Could not ${verb} ${where}: ${name}: ${message}`, error);
}
