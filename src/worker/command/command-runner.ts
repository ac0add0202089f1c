import { tmpdir } from 'node:os';
import type { ExecutionDetails, FailureType, Job } from '../../contract/generated.ts';
import { createSecretMask, type SecretMask } from '../../masking/secret-mask.ts';
import type { ArchiveLimits } from '../archives/archive-limits.ts';
import { JobFailure } from '../job-failure.ts';
import type { Log } from '../log.ts';
import { checkOutputVariables, type JobOutcome, type RunJob } from '../loop/job-source.ts';
import { sleep } from '../loop/sleep.ts';
import type { ArtifactTransfer } from '../transfer/artifact-transfer.ts';
import { fetchArtifact } from '../transfer/fetch-artifact.ts';
import { storeArtifact } from '../transfer/store-artifact.ts';
import { makeWorkFolder, removeWorkFolder, type WorkFolder } from '../transfer/work-folder.ts';
import { commandEnvironment } from './command-environment.ts';
import { readDetails, readPairs, readToken } from './command-files.ts';
import { createOutputTail, type OpenOutput, type OutputSink } from './command-output.ts';
import { type ProcessEnd, runProcess } from './command-process.ts';
import type { ProcessGroups } from './process-groups.ts';

/** How a worker runs its command for each job. */
export interface CommandRunnerOptions {
  command: readonly string[];
  openTransfer: (job: Job) => ArtifactTransfer;
  openOutput: OpenOutput;
  log: Log;
  archiveLimits: ArchiveLimits;
  /** Patterns by the name of the output artifact; without any, its whole folder is stored. */
  outputs?: Readonly<Record<string, readonly string[]>>;
  /** Returns the names of the configuration properties to mask in all output. */
  secretProperties?: () => Promise<readonly string[]>;
  /** Parent of the work folders; the system's temporary folder. */
  workRoot?: string;
  /** The worker's own environment; `process.env`. */
  environment?: NodeJS.ProcessEnv;
  now?: () => number;
  /** Tracks the running commands, so that they can be ended from outside. */
  groups?: ProcessGroups;
  /** Receives the pending clean-up of an aborted job, whose report must not wait for it. */
  deferCleanUp?: (cleanUp: Promise<void>) => void;
}

/** Exit code of a command that is not done yet: EX_TEMPFAIL of sysexits.h. */
const continueExitCode = 75;

/** Exit codes of sysexits.h with a failure type of their own; all others are JobFailed. */
const failureTypes: Record<number, FailureType> = {
  69: 'SystemUnavailable',
  77: 'PermissionError',
  78: 'ConfigurationError',
};

/** How long an aborted job waits for its last output to be sent. */
const abortedCloseMs = 500;

/**
 * Returns a `RunJob` that unpacks the input artifacts, runs a command with the job in its environment, and packs the
 * output artifacts. Exit code 0 is success, 75 a continuation; otherwise the last lines of output become the failure
 * message.
 */
export function createCommandRunner(options: CommandRunnerOptions): RunJob {
  return async (job, signal) => {
    const mask = createSecretMask(await secretsOf(job, options));
    const work = await makeWorkFolder(options.workRoot ?? tmpdir(), job);
    const transfer = options.openTransfer(job);
    try {
      return await runInFolder(job, work, transfer, { options, mask, signal });
    } catch (error) {
      // Messages about a command's files quote their contents.
      if (error instanceof JobFailure) throw new JobFailure(error.type, mask.mask(error.message), error.cause);
      throw error;
    } finally {
      transfer.close();
      const cleanUp = removeWorkFolder(work.folder, options.log);
      if (signal.aborted && options.deferCleanUp) options.deferCleanUp(cleanUp);
      else await cleanUp;
    }
  };
}

interface CommandRun {
  options: CommandRunnerOptions;
  mask: SecretMask;
  signal: AbortSignal;
}

async function runInFolder(
  job: Job,
  work: WorkFolder,
  transfer: ArtifactTransfer,
  { options, mask, signal }: CommandRun,
): Promise<JobOutcome> {
  const { archiveLimits: limits, now = Date.now, outputs = {} } = options;
  for (const input of work.inputs) await fetchArtifact(transfer, input, { limits, scratch: work.scratch, signal });
  signal.throwIfAborted();
  const startedAt = now();
  const exitCode = await runCommand(job, work, { options, mask, signal });
  const seconds = Math.round((now() - startedAt) / 1000);
  signal.throwIfAborted();
  const details = maskedDetails(await readDetails(work.files.details), mask);
  const externalExecutionId = details.externalExecutionId ?? job.id;
  const own = externalExecutionId === undefined ? {} : { externalExecutionId };
  if (exitCode === continueExitCode) {
    const continuationToken = await readToken(work.files.token);
    return { status: 'Succeeded', continuationToken, executionDetails: { ...details, ...own } };
  }
  const outputVariables = await readPairs(work.files.variables);
  if (outputVariables) checkOutputVariables(outputVariables);
  const from = commandFolder(work);
  for (const output of work.outputs) {
    await storeArtifact(transfer, output, { from, patterns: outputs[output.name] }, signal);
  }
  const summary = details.summary ?? `Exit code 0 after ${seconds} s`;
  const executionDetails = { ...own, summary, percentComplete: 100 };
  return { status: 'Succeeded', executionDetails, ...(outputVariables ? { outputVariables } : {}) };
}

function commandFolder(work: WorkFolder): string {
  return work.inputs[0]?.folder ?? work.folder;
}

/** Returns 0 or `continueExitCode`; throws JobFailure for any other end. */
async function runCommand(job: Job, work: WorkFolder, { options, mask, signal }: CommandRun): Promise<number> {
  const { command, environment = process.env } = options;
  const sink = options.openOutput(job);
  const tail = createOutputTail();
  const run = {
    cwd: commandFolder(work),
    environment: commandEnvironment(environment, job, work),
    mask,
    groups: options.groups,
    signal,
    async onLines(stream: 'stdout' | 'stderr', lines: string[]): Promise<void> {
      for (const line of lines) tail.add(line);
      await sink.write(stream, lines);
    },
  };
  const end = await startProcess(command, run).finally(() => closeSink(sink, signal));
  signal.throwIfAborted();
  if (end.exitCode === 0 || end.exitCode === continueExitCode) return end.exitCode;
  const how = end.exitCode === null ? `Ended by signal ${end.signalName}` : `Exit code ${end.exitCode}`;
  const message = [how, tail.text()].filter((part) => part !== '').join('\n');
  throw new JobFailure(failureTypeOf(end.exitCode), message);
}

/** Returns the failure type of an exit code; null means ended by a signal. */
function failureTypeOf(exitCode: number | null): FailureType {
  return (exitCode === null ? undefined : failureTypes[exitCode]) ?? 'JobFailed';
}

async function closeSink(sink: OutputSink, signal: AbortSignal): Promise<void> {
  const closed = sink.close?.();
  if (closed && signal.aborted) await Promise.race([closed, sleep(abortedCloseMs, new AbortController().signal)]);
  else await closed;
}

/** Masks the details. Output variables stay clear: later actions use them, and the server masks what it shows. */
function maskedDetails({ externalExecutionId, summary, ...rest }: ExecutionDetails, { mask }: SecretMask) {
  return {
    ...rest,
    ...(summary === undefined ? {} : { summary: mask(summary) }),
    ...(externalExecutionId === undefined ? {} : { externalExecutionId: mask(externalExecutionId) }),
  };
}

/** Returns what no output may show: secret properties, the job's credentials and the worker's own. */
async function secretsOf(job: Job, options: CommandRunnerOptions): Promise<(string | undefined)[]> {
  const { environment = process.env, secretProperties } = options;
  const { actionConfiguration, artifactCredentials } = job.data ?? {};
  const names = (await secretProperties?.()) ?? [];
  return [
    ...names.map((name) => actionConfiguration?.configuration?.[name]),
    artifactCredentials?.secretAccessKey,
    artifactCredentials?.sessionToken,
    environment.AWS_SECRET_ACCESS_KEY,
    environment.AWS_SESSION_TOKEN,
  ];
}

async function startProcess(
  command: readonly string[],
  options: Omit<Parameters<typeof runProcess>[0], 'command'>,
): Promise<ProcessEnd> {
  try {
    return await runProcess({ command, ...options });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new JobFailure('ConfigurationError', `The command ${command[0]} could not be started: ${why}`, error);
  }
}
