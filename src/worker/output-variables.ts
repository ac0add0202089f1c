import { readFile, stat } from 'node:fs/promises';
import { JobFailure } from './job-failure.ts';

/** Well above the 122,880 bytes the API takes, and small enough to read at once. */
const maxFileBytes = 1024 * 1024;
const keyPattern = /^[A-Za-z0-9@\-_]+$/;

/** Reads `KEY=VALUE` lines; undefined when the file is missing or has none. Throws JobFailure for any other line. */
export async function readOutputVariables(file: string): Promise<Record<string, string> | undefined> {
  const status = await stat(file).catch(() => undefined);
  if (!status) return undefined;
  if (status.size > maxFileBytes) throw wrong(`is larger than ${maxFileBytes} bytes`);
  const variables: [string, string][] = [];
  for (const [index, line] of (await readFile(file, 'utf8')).split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const separator = line.indexOf('=');
    const key = line.slice(0, Math.max(separator, 0));
    if (!keyPattern.test(key)) throw wrong(`has no KEY=VALUE with a key of A-Z a-z 0-9 @ - _ in line ${index + 1}`);
    variables.push([key, line.slice(separator + 1)]);
  }
  return variables.length === 0 ? undefined : Object.fromEntries(variables);
}

function wrong(why: string): JobFailure {
  return new JobFailure('ConfigurationError', `The file of output variables (MILLRACE_OUTPUT_VARIABLES) ${why}.`);
}
