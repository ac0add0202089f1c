import type { Command } from 'commander';
import { collect, dataOption } from '../options.ts';
import { callerOf, type OwnApiCall } from '../own-api.ts';
import type { Terminal } from '../terminal.ts';
import { historyLines, type JobEventText, type ListedJobText, tableLines } from './job-text.ts';

interface JobFlags {
  data?: string;
  region?: string;
  json?: boolean;
  status?: string[];
  actionType?: string;
  query?: string;
  pipeline?: string;
}

/** Adds `millrace jobs [ID]`, which lists waiting and running jobs or prints the history of one. */
export function addJobs(program: Command, terminal: Terminal): void {
  const jobs = program
    .command('jobs')
    .description('List waiting and running jobs, oldest first, or print the history of one')
    .argument('[job-id]', 'Job whose history to print')
    .option('--status <status>', 'Only jobs with this status, which may be a final one; repeatable', collect)
    .option('--action-type <type>', 'Only jobs of this action type, such as Build/Custom/Mill/1')
    .option('--query <value>', 'Only jobs whose queryable property has this value')
    .option('--pipeline <name>', 'Only jobs of this pipeline')
    .option('--region <name>', "Region of the jobs [default: the server's]")
    .option('--json', 'Print JSON')
    .addOption(dataOption())
    .action(async (jobId: string | undefined, flags: JobFlags) => {
      const call = callerOf(terminal, flags);
      if (jobId === undefined) await printJobs(call, flags, terminal);
      else await printHistory(call, jobId, flags, terminal);
    });
  addFail(jobs, terminal);
}

/** Adds `millrace jobs fail ID`, for jobs whose worker no longer exists. */
function addFail(jobs: Command, terminal: Terminal): void {
  jobs
    .command('fail')
    .description('Report a job as failed in place of a worker that no longer exists')
    .argument('<job-id>', 'Job id')
    .option('--message <text>', 'Reason that the pipeline shows')
    .option('--type <type>', 'Failure type, such as ConfigurationError [default: JobFailed]')
    .option('--region <name>', "Region of the job [default: the server's]")
    .addOption(dataOption())
    .action(async (jobId: string, flags: { data?: string; region?: string; message?: string; type?: string }) => {
      const { message, type } = flags;
      await callerOf(terminal, flags)('FailJob', { jobId, message, type });
      terminal.print(`Job ${jobId} has failed.`);
    });
}

/** Lists all jobs that match, oldest first. */
export async function listAll(call: OwnApiCall, input: object): Promise<ListedJobText[]> {
  const all: ListedJobText[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await call<{ jobs: ListedJobText[]; nextToken?: string }>('ListJobs', { ...input, nextToken });
    all.push(...page.jobs);
    nextToken = page.nextToken;
    if (nextToken === undefined) return all;
  }
}

async function printJobs(call: OwnApiCall, flags: JobFlags, terminal: Terminal): Promise<void> {
  const { status: statuses, actionType, query: queryValue, pipeline: pipelineName } = flags;
  const jobs = await listAll(call, { statuses, actionType, queryValue, pipelineName });
  if (flags.json) terminal.print(JSON.stringify(jobs, null, 2));
  else if (jobs.length === 0) terminal.complain(noJobsText(flags));
  else for (const line of tableLines(jobs, Date.now())) terminal.print(line);
}

/** Repeats the filters, because one that matches nothing is often misspelled. */
function noJobsText({ status, actionType, query, pipeline }: JobFlags): string {
  const filters = {
    '--status': status?.join(', '),
    '--action-type': actionType,
    '--query': query,
    '--pipeline': pipeline,
  };
  const given = Object.entries(filters).flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${value}`]));
  if (given.length > 0) return `millrace: no job matches ${given.join(' ')}.`;
  return 'millrace: no jobs are waiting or running; use --status Succeeded, Failed or TimedOut to list ended ones.';
}

async function printHistory(call: OwnApiCall, jobId: string, { json }: JobFlags, terminal: Terminal): Promise<void> {
  const events: JobEventText[] = [];
  let job: ListedJobText | undefined;
  for (let nextToken: string | undefined; ; ) {
    type Page = { job: ListedJobText; events: JobEventText[]; nextToken?: string };
    const page: Page = await call('GetJob', { jobId, nextToken });
    job ??= page.job;
    events.push(...page.events);
    nextToken = page.nextToken;
    if (nextToken === undefined) break;
  }
  if (json) terminal.print(JSON.stringify({ job, events }, null, 2));
  else for (const line of historyLines(job, events)) terminal.print(line);
}
