import { readFile, stat } from 'node:fs/promises';
import type { ExecutionDetails } from '../../contract/generated.ts';
import { JobFailure } from '../job-failure.ts';

/** Well above what the API takes, and small enough to read at once. */
const maxFileBytes = 1024 * 1024;
/** Longest continuation token of the API (behaviour A.1). */
const maxTokenChars = 2048;

/** A file that the command writes for the worker, and the variable that names it. */
export interface CommandFile {
  path: string;
  variable: string;
}

/** Reads `KEY=VALUE` lines; undefined when the file is missing or has none. Throws JobFailure for any other line. */
export async function readPairs(file: CommandFile): Promise<Record<string, string> | undefined> {
  const lines = ((await readCommandFile(file)) ?? '').split(/\r?\n/);
  const pairs: [string, string][] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const separator = line.indexOf('=');
    if (separator < 1) throw wrong(file, `has no KEY=VALUE in line ${index + 1}`);
    pairs.push([line.slice(0, separator), line.slice(separator + 1)]);
  }
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** Reads the continuation token; throws JobFailure when there is none or the API would refuse it. */
export async function readToken(file: CommandFile): Promise<string> {
  const token = ((await readCommandFile(file)) ?? '').trim();
  if (token === '') throw wrong(file, 'is missing or empty, but the command asked to be continued');
  if (token.length > maxTokenChars) throw wrong(file, `is longer than ${maxTokenChars} characters`);
  return token;
}

/** Reads what the command says about its execution; unknown keys and wrong values are a JobFailure. */
export async function readDetails(file: CommandFile): Promise<ExecutionDetails> {
  const details: ExecutionDetails = {};
  for (const [key, value] of Object.entries((await readPairs(file)) ?? {})) {
    if (key === 'summary') details.summary = value.slice(0, 2048);
    else if (key === 'externalExecutionId') details.externalExecutionId = value.slice(0, 1500);
    else if (key === 'percentComplete' && /^(100|\d{1,2})$/.test(value)) details.percentComplete = Number(value);
    else throw wrong(file, `has ${key}=${value}; it takes summary, externalExecutionId and percentComplete (0 to 100)`);
  }
  return details;
}

async function readCommandFile(file: CommandFile): Promise<string | undefined> {
  const status = await stat(file.path).catch(() => undefined);
  if (!status) return undefined;
  if (!status.isFile() || status.size > maxFileBytes) {
    throw wrong(file, `is no file, or larger than ${maxFileBytes} bytes`);
  }
  return readFile(file.path, 'utf8');
}

function wrong({ variable }: CommandFile, why: string): JobFailure {
  return new JobFailure('ConfigurationError', `The file that ${variable} names ${why}.`);
}
