import { ConfigurationError } from '../config.ts';
import type { ActionCategory } from '../contract/generated.ts';

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
  command: string[];
}

const categories: ActionCategory[] = ['Source', 'Build', 'Test', 'Deploy', 'Invoke', 'Compute'];

/** Longest hold of an empty poll that the server grants; AWS ignores the wish. */
const waitSeconds = 20;

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
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
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

/** Checks the options of a worker; throws one `ConfigurationError` that lists all that is wrong. */
export function readWorkerOptions(
  flags: WorkerFlags,
  { command, env }: { command: string[]; env: Record<string, string | undefined> },
): WorkerOptions {
  const problems: string[] = [];
  const category = readCategory(flags.category, problems);
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
    command,
  };
  if (flags.query !== undefined) options.query = readQuery(flags.query, problems);
  if (flags.pollInterval !== undefined) {
    options.pollIntervalMs = Math.round(
      readNumber('--poll-interval', flags.pollInterval, [0.05, 3600], problems) * 1000,
    );
  }
  if (command.length === 0) problems.push('COMMAND: it is missing; give the command that does the work after --.');
  if (problems.length > 0) throw new ConfigurationError(problems);
  return options;
}
