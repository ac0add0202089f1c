import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact, Job, S3ArtifactLocation } from '../../contract/generated.ts';
import type { CommandFile } from '../command/command-files.ts';
import { JobFailure } from '../job-failure.ts';
import type { Log } from '../log.ts';

/** An artifact of the job and its folder. */
export interface ArtifactFolder {
  name: string;
  folder: string;
  location: S3ArtifactLocation;
}

/** The folders and files of one job, all below `folder`. */
export interface WorkFolder {
  folder: string;
  inputs: ArtifactFolder[];
  outputs: ArtifactFolder[];
  /** Files that the command writes for the worker. */
  files: { variables: CommandFile; details: CommandFile; token: CommandFile };
  /** For downloads; begins with a dot, which no artifact name may. */
  scratch: string;
}

/** The API's rule for artifact names; anything else could lead out of the work folder. */
const artifactName = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * Creates a new folder below `root`: inputs in `<name>/`, outputs in `out/<name>/`, or in `.out/<name>/` if an input
 * artifact is called `out`.
 */
export async function makeWorkFolder(root: string, job: Job): Promise<WorkFolder> {
  const { inputArtifacts = [], outputArtifacts = [] } = job.data ?? {};
  for (const artifact of [...inputArtifacts, ...outputArtifacts]) checkArtifact(artifact);
  const folder = await mkdtemp(join(root, 'millrace-job-'));
  const scratch = join(folder, '.millrace');
  const isOutTaken = inputArtifacts.some(({ name }) => name?.toLowerCase() === 'out');
  const place = (parent: string) => (artifact: Artifact) => placeArtifact(artifact, parent);
  const inputs = inputArtifacts.map(place(folder));
  const outputs = outputArtifacts.map(place(join(folder, isOutTaken ? '.out' : 'out')));
  for (const path of [scratch, ...[...inputs, ...outputs].map((artifact) => artifact.folder)]) {
    await mkdir(path, { recursive: true });
  }
  const commandFile = (variable: string, name: string): CommandFile => ({ variable, path: join(scratch, name) });
  const files = {
    variables: commandFile('MILLRACE_OUTPUT_VARIABLES', 'output-variables'),
    details: commandFile('MILLRACE_EXECUTION_DETAILS', 'execution-details'),
    token: commandFile('MILLRACE_CONTINUATION_FILE', 'continuation'),
  };
  return { folder, inputs, outputs, scratch, files };
}

/** Deletes the folder of a finished job; logs a failure, because the job's result is not affected. */
export async function removeWorkFolder(folder: string, log: Log): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 });
  } catch (error) {
    log.warn({ folder, err: error }, 'the work folder could not be deleted');
  }
}

function checkArtifact({ location, name = '' }: Artifact): void {
  if (artifactName.test(name) && location?.s3Location) return;
  const message = `The job names an artifact the worker cannot use: ${name || '(no name)'}.`;
  throw new JobFailure('ConfigurationError', message);
}

function placeArtifact({ location, name = '' }: Artifact, parent: string): ArtifactFolder {
  const { bucketName = '', objectKey = '' } = location?.s3Location ?? {};
  return { name, folder: join(parent, name), location: { bucketName, objectKey } };
}
