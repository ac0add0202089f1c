import type { Command } from 'commander';
import { dataOption, readCount } from '../options.ts';
import { callerOf, type OwnApiCall } from '../own-api.ts';
import type { Terminal } from '../terminal.ts';
import { printFailures } from './failed-logs.ts';
import { listAll } from './jobs.ts';

/** How long the server holds a call that follows a log. */
const followSeconds = 20;

interface LogFlags {
  data?: string;
  region?: string;
  follow?: boolean;
  failed?: boolean;
  search?: string;
  lines?: number;
}

/** Adds `millrace logs`. */
export function addLogs(program: Command, terminal: Terminal): void {
  program
    .command('logs')
    .description('Print the log of a build or job; see docs/logs.md')
    .argument(
      '<log>',
      'Build (PROJECT:UUID or its ARN), job id, PIPELINE/EXECUTION-ID/ACTION, or a pipeline with --failed',
    )
    .option('-f, --follow', 'Keep printing until the build, or the job with those that continue it, has ended')
    .option('--failed', 'Only what failed: the output of the command that ended the build, or the last lines')
    .option('--search <text>', 'Only lines that contain a text, in any case, with their numbers')
    .option('-n, --lines <number>', 'Begin so many lines before the end', readCount)
    .option('--region <name>', "Region of the log [default: the server's]")
    .addOption(dataOption())
    .action(async (named: string, flags: LogFlags) => {
      const [region, id] = readName(named);
      const call = callerOf(terminal, { ...flags, ...(region !== undefined && { region }) });
      if (flags.failed) return printFailures(call, id, terminal);
      const ids = id.includes('/') ? await findJobIds(call, id) : [id];
      if (ids.length === 0) terminal.complain(`millrace: no job found for ${id}.`);
      for (const one of ids) await (flags.search === undefined ? printLog : printMatches)(call, one, flags, terminal);
      if (flags.follow) await followChain(call, ids.at(-1), terminal);
    });
}

/** Returns the Region of a build's ARN, and the build's id; anything else as it is. */
function readName(named: string): [string | undefined, string] {
  const [, region, id] = /^arn:aws:codebuild:([^:]+):[^:]*:build\/(.+)$/.exec(named) ?? [];
  return [region, id ?? named];
}

async function findJobIds(call: OwnApiCall, place: string): Promise<string[]> {
  const [pipelineName, pipelineExecutionId, ...action] = place.split('/');
  const statuses = ['Queued', 'Dispatched', 'InProgress', 'Succeeded', 'Failed', 'TimedOut'];
  const actionName = action.join('/');
  const jobs = await listAll(call, { pipelineName, pipelineExecutionId, actionName, statuses });
  return jobs.map(({ jobId }) => jobId);
}

interface LogPage {
  text: string;
  nextOffset: number;
  isComplete: boolean;
}

async function printLog(call: OwnApiCall, logId: string, flags: LogFlags, terminal: Terminal): Promise<void> {
  const { follow = false, lines: lastLines } = flags;
  let start: object = lastLines === undefined ? { offset: 0 } : { lastLines };
  for (let rest = ''; ; ) {
    const page: LogPage = await call('GetLog', { logId, ...start, waitSeconds: follow ? followSeconds : 0 });
    start = { offset: page.nextOffset };
    const lines = (rest + page.text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) terminal.print(line);
    if (!page.isComplete && (follow || page.text !== '')) continue;
    if (rest !== '') terminal.print(rest);
    return;
  }
}

async function printMatches(call: OwnApiCall, logId: string, flags: LogFlags, terminal: Terminal): Promise<void> {
  let found = 0;
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const page: { matches: { line: number; text: string }[]; nextOffset?: number } = await call('SearchLog', {
      logId,
      text: flags.search,
      offset,
    });
    for (const { line, text } of page.matches) terminal.print(`${line + 1}: ${text}`);
    found += page.matches.length;
    offset = page.nextOffset;
  }
  if (found === 0) terminal.complain(`millrace: no line of ${logId} contains '${flags.search}'.`);
}

/** Prints the logs of the jobs that continue a job. A continuation is queued in the transaction that ends its job. */
async function followChain(call: OwnApiCall, lastId: string | undefined, terminal: Terminal): Promise<void> {
  // Builds have no continuations.
  for (let id = lastId?.includes(':') ? undefined : lastId; id !== undefined; ) {
    const { job }: { job: { nextJobId?: string } } = await call('GetJob', { jobId: id });
    id = job.nextJobId;
    if (id !== undefined) await printLog(call, id, { follow: true }, terminal);
  }
}
