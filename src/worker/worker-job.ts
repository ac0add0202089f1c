import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Artifact, ExecutionDetails, Job, PipelineContext, S3ArtifactLocation } from '../contract/generated.ts';
import type { ArchiveLimits } from './archives/archive-limits.ts';
import { packFolder } from './archives/pack-folder.ts';
import { unpackZip } from './archives/unpack-zip.ts';
import { JobFailure } from './job-failure.ts';
import type { JobSuccess } from './loop/job-source.ts';
import type { ArtifactTransfer } from './transfer/artifact-transfer.ts';

/** An artifact the job reads with its own credentials, which are renewed as needed. */
export interface InputArtifact {
  readonly name: string;
  /** Of the source from which the artifact was made. */
  readonly revision: string | undefined;
  readonly location: S3ArtifactLocation;
  /** Streams the raw bytes; resumes where a connection broke off. */
  open(): Readable;
  save(file: string): Promise<void>;
  /** Unpacks a zip into an empty or missing folder; a hostile archive is a JobFailure and leaves nothing behind. */
  unpack(folder: string): Promise<void>;
}

/** An artifact the job writes. */
export interface OutputArtifact {
  readonly name: string;
  readonly location: S3ArtifactLocation;
  /** Uploads raw bytes, in parts of 5 MiB if there are more; the default `contentType` is that of a zip. */
  write(content: Readable | Uint8Array | string, contentType?: string): Promise<void>;
  /** Packs the contents of a folder into a zip and uploads it. */
  pack(folder: string): Promise<void>;
}

/** One acknowledged job, as the code that performs it sees it. */
export interface WorkerJob<Configuration = Readonly<Record<string, string | undefined>>> {
  readonly id: string;
  readonly accountId: string;
  /** The action's configuration, secrets in clear. */
  readonly configuration: Configuration;
  readonly pipeline: PipelineContext;
  readonly inputs: readonly InputArtifact[];
  readonly outputs: readonly OutputArtifact[];
  /** The token from the action's previous job; undefined in the first. */
  readonly continuationToken: string | undefined;
  /** Aborted when the worker stops or the job's result is no longer needed; the reason says which. */
  readonly signal: AbortSignal;
  /** Returns the input of this name, or the only one; throws JobFailure if there is none. */
  input(name?: string): InputArtifact;
  output(name?: string): OutputArtifact;
  /** Stores details of the execution to send with the result: the protocol has no call for them. */
  progress(details: ExecutionDetails): void;
  /** Returns the result of an unfinished job: the action stays in progress, and its next job gets the token. */
  continueLater(continuationToken: string): JobSuccess;
}

/** What a `WorkerJob` uses besides the delivered job. */
export interface JobTools {
  transfer: ArtifactTransfer;
  archiveLimits: ArchiveLimits;
  signal: AbortSignal;
  /** Receives every `progress`. */
  keepDetails(details: ExecutionDetails): void;
}

/** Wraps a delivered job for the code that performs it; `Configuration` is the caller's type for its action type. */
export function createWorkerJob<Configuration = Readonly<Record<string, string | undefined>>>(
  job: Job,
  tools: JobTools,
): WorkerJob<Configuration> {
  const { actionConfiguration, continuationToken, inputArtifacts, outputArtifacts, pipelineContext } = job.data ?? {};
  const inputs = (inputArtifacts ?? []).map((artifact) => createInput(artifact, tools));
  const outputs = (outputArtifacts ?? []).map((artifact) => createOutput(artifact, tools));
  return {
    id: job.id ?? '',
    accountId: job.accountId ?? '',
    configuration: { ...actionConfiguration?.configuration } as Configuration,
    pipeline: pipelineContext ?? {},
    inputs,
    outputs,
    continuationToken,
    signal: tools.signal,
    input: (name) => pick(inputs, name, 'input'),
    output: (name) => pick(outputs, name, 'output'),
    progress: tools.keepDetails,
    continueLater: (token) => ({ continuationToken: token }),
  };
}

function createInput(artifact: Artifact, { archiveLimits, signal, transfer }: JobTools): InputArtifact {
  const { location, name } = describe(artifact);
  return {
    name,
    location,
    revision: artifact.revision,
    open: () => transfer.open(location, signal),
    save: (file) => transfer.download(location, file, signal),
    async unpack(folder) {
      const scratch = await mkdtemp(join(tmpdir(), 'millrace-artifact-'));
      try {
        const file = join(scratch, 'artifact.zip');
        await transfer.download(location, file, signal);
        await unpackZip(file, { folder, limits: archiveLimits, signal });
      } catch (error) {
        if (!(error instanceof JobFailure)) throw error;
        throw new JobFailure(error.type, `Input artifact ${name}: ${error.message}`, error);
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}

function createOutput(artifact: Artifact, { signal, transfer }: JobTools): OutputArtifact {
  const { location, name } = describe(artifact);
  return {
    name,
    location,
    write(content, contentType) {
      const body = content instanceof Readable ? content : Readable.from([Buffer.from(content)]);
      return transfer.upload(location, body, signal, contentType);
    },
    pack: async (folder) => transfer.upload(location, await packFolder(folder), signal),
  };
}

function describe({ location, name = '' }: Artifact): { name: string; location: S3ArtifactLocation } {
  const { bucketName = '', objectKey = '' } = location?.s3Location ?? {};
  return { name, location: { bucketName, objectKey } };
}

function pick<T extends { name: string }>(artifacts: readonly T[], name: string | undefined, side: string): T {
  const found = name === undefined ? artifacts : artifacts.filter((artifact) => artifact.name === name);
  const [only] = found;
  if (only && found.length === 1) return only;
  const wanted = name === undefined ? `one ${side} artifact` : `an ${side} artifact called ${name}`;
  const given = artifacts.map((artifact) => artifact.name).join(', ') || 'none';
  throw new JobFailure('ConfigurationError', `The action needs ${wanted}; it has ${given}.`);
}
