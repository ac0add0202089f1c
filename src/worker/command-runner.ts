import { tmpdir } from 'node:os';
import type { Job } from '../contract/generated.ts';
import type { ArtifactTransfer } from './artifact-transfer.ts';
import { commandEnvironment } from './command-environment.ts';
import { type ProcessEnd, runProcess } from './command-process.ts';
import { fetchArtifact } from './fetch-artifact.ts';
import { JobFailure } from './job-failure.ts';
import type { JobOutcome, RunJob } from './job-source.ts';
import type { Log } from './log.ts';
import { createOutputTail } from './output-tail.ts';
import { readOutputVariables } from './output-variables.ts';
import { storeArtifact } from './store-artifact.ts';
import { makeWorkFolder, removeWorkFolder, type WorkFolder } from './work-folder.ts';

/** How a worker runs its command for each job. */
export interface CommandRunnerOptions {
  command: readonly string[];
  openTransfer: (job: Job) => ArtifactTransfer;
  log: Log;
  /** Parent of the work folders; the system's folder for temporary files. */
  workRoot?: string;
  /** The worker's own environment; `process.env`. */
  environment?: NodeJS.ProcessEnv;
  stdout?: NodeJS.WritableStream;
  stderr?: NodeJS.WritableStream;
  now?: () => number;
  /** Time between SIGTERM and SIGKILL when a job is aborted; 10 s. */
  killGraceMs?: number;
}

/**
 * A `RunJob` that unpacks the input artifacts, runs a command with the job in its environment, and packs what it left
 * for the output artifacts. Exit code 0 is success; otherwise the last lines of output become the failure message.
 */
export function createCommandRunner(options: CommandRunnerOptions): RunJob {
  return async (job, signal) => {
    const work = await makeWorkFolder(options.workRoot ?? tmpdir(), job);
    const transfer = options.openTransfer(job);
    try {
      return await runInFolder(job, work, transfer, { options, signal });
    } finally {
      transfer.close();
      await removeWorkFolder(work.folder, options.log);
    }
  };
}

interface CommandRun {
  options: CommandRunnerOptions;
  signal: AbortSignal;
}

async function runInFolder(
  job: Job,
  work: WorkFolder,
  transfer: ArtifactTransfer,
  { options, signal }: CommandRun,
): Promise<JobOutcome> {
  const now = options.now ?? Date.now;
  for (const input of work.inputs) await fetchArtifact(transfer, input, work.scratch, signal);
  signal.throwIfAborted();
  const startedAt = now();
  await runCommand(job, work, { options, signal });
  const seconds = Math.round((now() - startedAt) / 1000);
  signal.throwIfAborted();
  const outputVariables = await readOutputVariables(work.variablesFile);
  for (const output of work.outputs) await storeArtifact(transfer, output, signal);
  const externalExecutionId = job.id;
  const summary = `Exit code 0 after ${seconds} s`;
  return {
    status: 'Succeeded',
    executionDetails: { summary, percentComplete: 100, ...(externalExecutionId ? { externalExecutionId } : {}) },
    ...(outputVariables ? { outputVariables } : {}),
  };
}

async function runCommand(job: Job, work: WorkFolder, { options, signal }: CommandRun): Promise<void> {
  const { command, environment = process.env, killGraceMs = 10_000 } = options;
  const sinks = { stdout: options.stdout ?? process.stdout, stderr: options.stderr ?? process.stderr };
  const prefix = `[${(job.id ?? '').slice(0, 8)}] `;
  const tail = createOutputTail();
  const end = await startProcess(command, {
    cwd: work.inputs[0]?.folder ?? work.folder,
    environment: commandEnvironment(environment, job, work),
    killGraceMs,
    signal,
    onLines(stream, lines) {
      for (const line of lines) tail.add(line);
      const text = lines.map((line) => `${prefix}${line}\n`).join('');
      // Resolved by the write itself: a full pipe of the worker holds the command back.
      return new Promise((resolve) => sinks[stream].write(text, () => resolve()));
    },
  });
  signal.throwIfAborted();
  if (end.exitCode === 0) return;
  const how = end.exitCode === null ? `Ended by signal ${end.signalName}` : `Exit code ${end.exitCode}`;
  throw new JobFailure('JobFailed', [how, tail.text()].filter((part) => part !== '').join('\n'));
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
