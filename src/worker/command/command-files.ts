import { readFile, stat } from 'node:fs/promises';
import type { ExecutionDetails } from '../../contract/generated.ts';
import { JobFailure } from '../job-failure.ts';

/** Well above what the API accepts, and small enough to read into memory. */
const maxFileBytes = 1024 * 1024;
/** Longest continuation token that the API accepts (behaviour A.1). */
const maxTokenChars = 2048;

/** A file that the command writes for the worker, and the environment variable with its path. */
export interface CommandFile {
  path: string;
  variable: string;
}

/** Reads `KEY=VALUE` lines; undefined if there are none. Throws JobFailure for any other line. */
export async function readPairs(file: CommandFile): Promise<Record<string, string> | undefined> {
  const lines = ((await readCommandFile(file)) ?? '').split(/\r?\n/);
  const pairs: [string, string][] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const separator = line.indexOf('=');
    if (separator < 1) throw invalid(file, `has no KEY=VALUE in line ${index + 1}`);
    pairs.push([line.slice(0, separator), line.slice(separator + 1)]);
  }
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** Reads the continuation token; throws JobFailure if there is none or the API would reject it. */
export async function readToken(file: CommandFile): Promise<string> {
  const token = ((await readCommandFile(file)) ?? '').trim();
  if (token === '') throw invalid(file, 'is missing or empty, but the command asked to be continued');
  if (token.length > maxTokenChars) throw invalid(file, `is longer than ${maxTokenChars} characters`);
  return token;
}

/** Reads the command's execution details; throws JobFailure for unknown keys and invalid values. */
export async function readDetails(file: CommandFile): Promise<ExecutionDetails> {
  const details: ExecutionDetails = {};
  for (const [key, value] of Object.entries((await readPairs(file)) ?? {})) {
    if (key === 'summary') details.summary = value.slice(0, 2048);
    else if (key === 'externalExecutionId') details.externalExecutionId = value.slice(0, 1500);
    else if (key === 'percentComplete' && /^(100|\d{1,2})$/.test(value)) details.percentComplete = Number(value);
    else
      throw invalid(file, `has ${key}=${value}; it takes summary, externalExecutionId and percentComplete (0 to 100)`);
  }
  return details;
}

async function readCommandFile(file: CommandFile): Promise<string | undefined> {
  const status = await stat(file.path).catch(() => undefined);
  if (!status) return undefined;
  if (!status.isFile() || status.size > maxFileBytes) {
    throw invalid(file, `is not a file, or larger than ${maxFileBytes} bytes`);
  }
  return readFile(file.path, 'utf8');
}

function invalid({ variable }: CommandFile, why: string): JobFailure {
  return new JobFailure('ConfigurationError', `The file that ${variable} names ${why}.`);
}
