import type { OwnApiCall } from '../own-api.ts';
import type { Terminal } from '../terminal.ts';
import { listAll } from './jobs.ts';

/** Lines printed of a log that doesn't say what failed. */
const lastLines = 50;

/** Lines printed of the command that failed: its error is at the end. */
const mostLines = 200;

interface DescribedLog {
  lines: number;
  failure?: {
    phase?: string;
    command?: string;
    exitStatus?: number;
    reason: string;
    line: number;
    failureLine: number;
  };
}

/** A failed log and what it is of. */
interface FailedLog {
  logId: string;
  title?: string;
}

/**
 * Prints what failed: of a build or job, or of all that failed in the execution `PIPELINE/EXECUTION-ID`, by default the last
 * one of the pipeline in which something failed.
 */
export async function printFailures(call: OwnApiCall, named: string, terminal: Terminal): Promise<void> {
  const logs = await findFailed(call, named);
  if (logs.length === 0) terminal.complain(`millrace: nothing has failed in ${named}.`);
  for (const { logId, title } of logs) {
    if (title !== undefined) terminal.complain(title);
    await printFailure(call, logId, terminal);
  }
}

async function findFailed(call: OwnApiCall, named: string): Promise<FailedLog[]> {
  const isId = named.includes(':') || /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(named);
  if (isId) return [{ logId: named }];
  const [pipelineName, pipelineExecutionId, ...action] = named.split('/');
  const jobs = await listAll(call, {
    pipelineName,
    pipelineExecutionId,
    ...(action.length > 0 && { actionName: action.join('/') }),
    statuses: ['Failed', 'TimedOut'],
  });
  const execution = pipelineExecutionId ?? jobs.at(-1)?.pipelineExecutionId;
  return jobs
    .filter((job) => job.pipelineExecutionId === execution)
    .map(({ jobId, stageName, actionName }) => ({
      logId: jobId,
      title: `${stageName}/${actionName} of execution ${execution} (${jobId}):`,
    }));
}

async function printFailure(call: OwnApiCall, logId: string, terminal: Terminal): Promise<void> {
  const { failure, lines }: DescribedLog = await call('DescribeLog', { logId });
  if (lines === 0) return terminal.complain('  it has no log.');
  if (!failure) return printLines(await readFrom(call, { logId, lastLines }), terminal);
  const { phase, command, exitStatus, reason, line, failureLine } = failure;
  const status = exitStatus === undefined ? '' : `, exit status ${exitStatus}`;
  terminal.complain(`  ${phase ?? 'The build'} failed, line ${line + 1}${status}: ${command ?? reason}`);
  const first = Math.max(line, failureLine - mostLines);
  if (first > line) terminal.complain(`  (without the first ${first - line} lines of it)`);
  const text = await readFrom(call, { logId, line: first });
  printLines(text.slice(0, failureLine - first + 1), terminal);
}

/** Reads the lines of about a megabyte. */
async function readFrom(call: OwnApiCall, place: object): Promise<string[]> {
  const { text } = await call<{ text: string }>('GetLog', place);
  return text.replace(/\n$/, '').split('\n');
}

function printLines(lines: string[], { print }: Terminal): void {
  for (const line of lines) print(line);
}
