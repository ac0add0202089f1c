import { ConfigurationError } from '../config/config.ts';
import { type LogFormat, logFormats } from '../config/parsers.ts';
import type { ActionCategory } from '../contract/generated.ts';
import { type ArchiveLimits, defaultArchiveLimits } from '../worker/archives/archive-limits.ts';
import type { JobCounts } from '../worker/loop/job-pool.ts';

/** Options of `millrace worker` as the option parser leaves them: text, or absent. */
export interface WorkerFlags {
  category: string;
  provider: string;
  version: string;
  query?: string[];
  concurrency: string;
  endpoint?: string;
  region?: string;
  pollInterval?: string;
  output?: string[];
  mask?: string[];
  workFolder?: string;
  stopGrace: string;
  once?: boolean;
  idleExit?: string;
  archiveEntries: string;
  archiveMib: string;
  archiveRatio: string;
  logFormat: string;
}

/** What the worker room is asked to run; `query` is absent when every job of the type is wanted. */
export interface WorkerOptions {
  category: ActionCategory;
  provider: string;
  version: string;
  query?: Record<string, string>;
  concurrency: number;
  endpoint: string;
  region: string;
  pollIntervalMs?: number;
  /** How long the server may hold an empty poll. */
  waitSeconds: number;
  stopGraceMs: number;
  maxJobs?: number;
  idleExitMs?: number;
  archiveLimits: ArchiveLimits;
  /** Patterns by the name of the output artifact. */
  outputs: Record<string, string[]>;
  /** Configuration properties masked in all output. */
  masked: string[];
  workFolder?: string;
  logFormat: LogFormat;
  command: string[];
}

const categories: ActionCategory[] = ['Source', 'Build', 'Test', 'Deploy', 'Invoke', 'Compute'];

/** Longest hold of an empty poll that the server grants; AWS ignores the wish. */
const waitSeconds = 20;
const bytesPerMib = 1024 ** 2;

function readCategory(text: string, problems: string[]): ActionCategory {
  const category = categories.find((candidate) => candidate === text);
  if (category === undefined) problems.push(`--category: '${text}' will not do; give one of ${categories.join(', ')}.`);
  return category ?? 'Build';
}

function readQuery(pairs: string[], problems: string[]): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of pairs) {
    const [, key, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (key === undefined || value === undefined) problems.push(`--query: '${pair}' will not do; give KEY=VALUE.`);
    else query[key] = value;
  }
  // PollForJobs takes a map, but its model allows one entry only.
  if (pairs.length > 1) problems.push('--query: a poll can name one property only; give it once.');
  return query;
}

function readNumber(flag: string, text: string, [least, most]: [number, number], problems: string[]): number {
  const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  problems.push(`${flag}: '${text}' will not do; give a number from ${least} to ${most}.`);
  return least;
}

function readEndpoint(text: string | undefined, problems: string[]): string {
  const wanted = 'give the URL of the server, such as http://127.0.0.1:7090';
  if (text === undefined || text === '') {
    // Without an endpoint the SDK would go to AWS: nobody who forgot to set one expects that.
    problems.push(
      `--endpoint: it is missing and AWS_ENDPOINT_URL is not set; ${wanted}, or run eval "$(millrace env)".`,
    );
  } else if (!/^https?:\/\/[^\s/]/.test(text) || !URL.canParse(text)) {
    problems.push(`--endpoint: '${text}' will not do; ${wanted}.`);
  }
  return text ?? '';
}

function readOutputs(pairs: string[], problems: string[]): Record<string, string[]> {
  const outputs: Record<string, string[]> = {};
  for (const pair of pairs) {
    const [, name, pattern = ''] = /^([A-Za-z0-9_-]{1,100})=(.+)$/s.exec(pair) ?? [];
    if (name === undefined) problems.push(`--output: '${pair}' will not do; give NAME=FOLDER or NAME=GLOB.`);
    else if (pattern.startsWith('/') || pattern.split('/').includes('..')) {
      problems.push(`--output: '${pair}' leads out of the folder of the job; give a path below it.`);
    } else outputs[name] = [...(outputs[name] ?? []), pattern.replace(/^(\.\/)+/, '').replace(/\/+$/, '') || '.'];
  }
  return outputs;
}

function readLogFormat(text: string, problems: string[]): LogFormat {
  const format = logFormats.find((candidate) => candidate === text);
  if (format === undefined) problems.push(`--log-format: invalid value '${text}': expected ${logFormats.join(', ')}.`);
  return format ?? 'auto';
}

function readArchiveLimits(flags: WorkerFlags, problems: string[]): ArchiveLimits {
  return {
    maxEntries: readNumber('--archive-entries', flags.archiveEntries, [1, 10_000_000], problems),
    maxUnpackedBytes: readNumber('--archive-mib', flags.archiveMib, [1, 100_000_000], problems) * bytesPerMib,
    maxRatio: readNumber('--archive-ratio', flags.archiveRatio, [1, 2000], problems),
  };
}

/** What the options are when nothing is said, as the option parser shows them. */
export const workerDefaults = {
  concurrency: '1',
  stopGrace: '30',
  archiveEntries: String(defaultArchiveLimits.maxEntries),
  archiveMib: String(defaultArchiveLimits.maxUnpackedBytes / bytesPerMib),
  archiveRatio: String(defaultArchiveLimits.maxRatio),
};

/** Checks the options of a worker; throws one `ConfigurationError` that lists all that is wrong. */
export function readWorkerOptions(
  flags: WorkerFlags,
  { command, env }: { command: string[]; env: Record<string, string | undefined> },
): WorkerOptions {
  const problems: string[] = [];
  const category = readCategory(flags.category, problems);
  const seconds = (flag: string, text: string, range: [number, number]) =>
    Math.round(readNumber(flag, text, range, problems) * 1000);
  const concurrency = readNumber('--concurrency', flags.concurrency, [1, 1000], problems);
  if (!Number.isInteger(concurrency)) problems.push(`--concurrency: '${flags.concurrency}' is not a whole number.`);
  const options: WorkerOptions = {
    category,
    provider: flags.provider,
    version: flags.version,
    concurrency,
    endpoint: readEndpoint(flags.endpoint ?? env.AWS_ENDPOINT_URL, problems),
    region: flags.region || env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1',
    waitSeconds,
    stopGraceMs: seconds('--stop-grace', flags.stopGrace, [0, 86_400]),
    archiveLimits: readArchiveLimits(flags, problems),
    outputs: readOutputs(flags.output ?? [], problems),
    masked: flags.mask ?? [],
    logFormat: readLogFormat(flags.logFormat, problems),
    command,
  };
  if (flags.query !== undefined) options.query = readQuery(flags.query, problems);
  if (flags.workFolder !== undefined) options.workFolder = flags.workFolder;
  if (flags.pollInterval !== undefined) {
    options.pollIntervalMs = seconds('--poll-interval', flags.pollInterval, [0.05, 3600]);
  }
  if (flags.once) options.maxJobs = 1;
  if (flags.idleExit !== undefined) {
    options.idleExitMs = seconds('--idle-exit', flags.idleExit, [0, 86_400]);
    // A poll that is held longer than that would keep an idle worker alive.
    options.waitSeconds = Math.min(waitSeconds, Math.ceil(options.idleExitMs / 1000));
  }
  if (command.length === 0) problems.push('COMMAND: it is missing; give the command that does the work after --.');
  if (problems.length > 0) throw new ConfigurationError(problems);
  return options;
}

/**
 * The exit code of a worker: 3 when a result could not be delivered, 4 when the one job of `--once` failed, 1 when
 * it had `--once` or `--idle-exit` and its polls failed from the first to the last, else 0.
 */
export function workerExitCode({ idleExitMs, maxJobs }: WorkerOptions, counts: JobCounts, isCutOff: boolean): number {
  if (counts.unreported > 0) return 3;
  if (maxJobs !== undefined && counts.Failed + counts.ended > 0) return 4;
  return isCutOff && (maxJobs !== undefined || idleExitMs !== undefined) ? 1 : 0;
}
