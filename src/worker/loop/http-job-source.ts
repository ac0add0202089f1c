import {
  AcknowledgeJobCommand,
  CodePipelineClient,
  GetJobDetailsCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import type { ActionTypeId, AWSSessionCredentials, Job, JobDetails } from '../../contract/generated.ts';
import type { Log } from '../log.ts';
import { explainPollFailure } from './explain-failure.ts';
import type { JobSource, JobSuccess } from './job-source.ts';
import { createJobWatch } from './job-watch.ts';
import { createSecretProperties } from './secret-properties.ts';
import type { KeysOf } from './send-output.ts';

const connectionTimeoutMs = 5_000;
/** Longer than any held poll, so that only a dead server exceeds it. */
const requestTimeoutMs = 60_000;

/** Which jobs to poll for, and where; region, endpoint and credentials default to those of the SDK. */
export interface HttpJobSourceOptions {
  actionTypeId: ActionTypeId;
  /** The type's queryable property and the wanted value (behaviour A.2.4). */
  query?: Record<string, string>;
  endpoint?: string;
  region?: string;
  credentials?: AWSSessionCredentials | { accessKeyId: string; secretAccessKey: string };
  /** How long Millrace may hold empty polls, at most 20 s; AWS ignores the header. */
  waitSeconds?: number;
  log: Log;
}

/** A `JobSource` that also knows the secret properties of its action type, and can be closed. */
export type HttpJobSource = JobSource &
  Required<Pick<JobSource, 'refresh' | 'isOver'>> & {
    /** Returns the names of the configuration properties that must be masked. */
    secretProperties(): Promise<string[]>;
    /** Explains why a poll failed and what to do; undefined for unknown errors. */
    explain(error: unknown): string | undefined;
    /** Returns the worker's own keys, as the SDK finds them. */
    keys: KeysOf;
    close(): void;
  };

/** Speaks the job-worker protocol through the unmodified AWS SDK, with Millrace or AWS. */
export function createHttpJobSource(options: HttpJobSourceOptions): HttpJobSource {
  const { actionTypeId, credentials, endpoint, log, query, region, waitSeconds } = options;
  const client = new CodePipelineClient({
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  return {
    async poll(maxBatchSize, signal) {
      const command = new PollForJobsCommand({ actionTypeId, maxBatchSize, queryParam: query });
      if (waitSeconds !== undefined) {
        // Added before signing, so that the signature covers the header.
        const requestWait = { step: 'build', name: 'requestWait' } as const;
        command.middlewareStack.add((next) => (args) => next(withWait(args, waitSeconds)), requestWait);
      }
      const { jobs } = await client.send(command, { abortSignal: signal });
      // The SDK types required members as possibly undefined; the service sends them.
      return (jobs ?? []) as Job[];
    },
    async acknowledge(job) {
      const { status } = await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
      return status ?? 'Created';
    },
    async refresh(job) {
      const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
      return (jobDetails ?? {}) as JobDetails;
    },
    async succeed(job, success) {
      await client.send(new PutJobSuccessResultCommand(successInput(job, success)));
    },
    async fail(job, failureDetails) {
      await client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails }));
    },
    isOver: createJobWatch(client, log),
    secretProperties: createSecretProperties(client, actionTypeId, log),
    explain: (error) => explainPollFailure(error, { actionTypeId, query, endpoint, region }),
    keys: () => client.config.credentials(),
    close: () => client.destroy(),
  };
}

function successInput(job: Job, { currentRevision, ...success }: JobSuccess) {
  if (!currentRevision) return { jobId: job.id, ...success };
  const { created, ...revision } = currentRevision;
  const createdAt = created === undefined ? {} : { created: new Date(created * 1000) };
  return { jobId: job.id, ...success, currentRevision: { ...revision, ...createdAt } };
}

function withWait<T extends { request: unknown }>(args: T, waitSeconds: number): T {
  const { headers } = args.request as { headers: Record<string, string> };
  headers['x-millrace-wait-seconds'] = String(waitSeconds);
  return args;
}
