import type { Command } from 'commander';
import { readDataFolder } from '../config/config.ts';
import { type JobEventText, type ListedJobText, storyLines, tableLines } from './job-text.ts';
import { collect, dataOption } from './options.ts';
import { callOwnApi } from './own-api.ts';
import type { Terminal } from './terminal.ts';

/** How long a call that follows a log is held by the server. */
const followSeconds = 20;

interface JobFlags {
  data?: string;
  region?: string;
  json?: boolean;
  status?: string[];
  actionType?: string;
  query?: string;
  pipeline?: string;
}

type Call = <Answer>(operation: string, input: object) => Promise<Answer>;

function callerOf(terminal: Terminal, flags: { data?: string; region?: string }): Call {
  const dataFolder = readDataFolder({ flags: { ...flags, region: undefined }, env: terminal.env });
  return (operation, input) => callOwnApi(dataFolder, operation, input, flags.region);
}

/** Adds `millrace jobs [ID]`: what waits and what runs on a server, or all that happened to one job. */
export function addJobs(program: Command, terminal: Terminal): void {
  const jobs = program
    .command('jobs')
    .description('list the jobs that wait or run, oldest first, or tell the story of one')
    .argument('[job-id]', 'the job whose story to tell')
    .option('--status <status>', 'only jobs of this status, also an ended one; may be repeated', collect)
    .option('--action-type <type>', 'only jobs of this type, such as Build/Custom/Mill/1')
    .option('--query <value>', 'only jobs whose queryable property has this value')
    .option('--pipeline <name>', 'only jobs of this pipeline')
    .option('--region <name>', 'region of the jobs; that of the server when left out')
    .option('--json', 'print what the server answered')
    .addOption(dataOption())
    .action(async (jobId: string | undefined, flags: JobFlags) => {
      const call = callerOf(terminal, flags);
      if (jobId === undefined) await printJobs(call, flags, terminal);
      else await printStory(call, jobId, flags, terminal);
    });
  addFail(jobs, terminal);
}

/** Adds `millrace jobs fail ID`: ends a job whose worker is gone. */
function addFail(jobs: Command, terminal: Terminal): void {
  jobs
    .command('fail')
    .description('fail a job that has not ended, as its worker would: for a worker that is gone')
    .argument('<job-id>', 'id of the job')
    .option('--message <text>', 'the reason that the pipeline shows')
    .option('--type <type>', 'error code of the action, such as ConfigurationError [JobFailed]')
    .option('--region <name>', 'region of the job; that of the server when left out')
    .addOption(dataOption())
    .action(async (jobId: string, flags: { data?: string; region?: string; message?: string; type?: string }) => {
      const { message, type } = flags;
      await callerOf(terminal, flags)('FailJob', { jobId, message, type });
      terminal.print(`Job ${jobId} has failed.`);
    });
}

/** Adds `millrace logs`: what the workers of a job have printed. */
export function addLogs(program: Command, terminal: Terminal): void {
  program
    .command('logs')
    .description('print what the worker of a job has told while it worked')
    .argument('<job>', 'id of a job, or PIPELINE/EXECUTION-ID/ACTION for all jobs of an action')
    .option('--follow', 'go on until the job has ended, and with the jobs that continue it')
    .option('--region <name>', 'region of the job; that of the server when left out')
    .addOption(dataOption())
    .action(async (job: string, flags: { data?: string; region?: string; follow?: boolean }) => {
      const call = callerOf(terminal, flags);
      const ids = job.includes('/') ? await findJobs(call, job) : [job];
      if (ids.length === 0) terminal.complain(`millrace: there is no job of ${job}.`);
      for (const id of ids) await printLog(call, id, flags.follow ?? false, terminal);
      if (flags.follow) await followChain(call, ids.at(-1), terminal);
    });
}

async function listAll(call: Call, input: object): Promise<ListedJobText[]> {
  const all: ListedJobText[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await call<{ jobs: ListedJobText[]; nextToken?: string }>('ListJobs', { ...input, nextToken });
    all.push(...page.jobs);
    nextToken = page.nextToken;
    if (nextToken === undefined) return all;
  }
}

async function printJobs(call: Call, flags: JobFlags, terminal: Terminal): Promise<void> {
  const { status: statuses, actionType, query: queryValue, pipeline: pipelineName } = flags;
  const jobs = await listAll(call, { statuses, actionType, queryValue, pipelineName });
  if (flags.json) terminal.print(JSON.stringify(jobs, null, 2));
  else if (jobs.length === 0) terminal.complain(noJobsText(flags));
  else for (const line of tableLines(jobs, Date.now())) terminal.print(line);
}

/** A filter that matches nothing is often misspelled, so it is repeated. */
function noJobsText({ status, actionType, query, pipeline }: JobFlags): string {
  const filters = {
    '--status': status?.join(', '),
    '--action-type': actionType,
    '--query': query,
    '--pipeline': pipeline,
  };
  const given = Object.entries(filters).flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${value}`]));
  if (given.length > 0) return `millrace: no job matches ${given.join(' ')}.`;
  return 'millrace: no job waits or runs; --status Succeeded, Failed or TimedOut lists ended ones.';
}

async function printStory(call: Call, jobId: string, { json }: JobFlags, terminal: Terminal): Promise<void> {
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
  else for (const line of storyLines(job, events)) terminal.print(line);
}

async function findJobs(call: Call, place: string): Promise<string[]> {
  const [pipelineName, pipelineExecutionId, ...action] = place.split('/');
  const statuses = ['Queued', 'Dispatched', 'InProgress', 'Succeeded', 'Failed', 'TimedOut'];
  const actionName = action.join('/');
  const jobs = await listAll(call, { pipelineName, pipelineExecutionId, actionName, statuses });
  return jobs.map(({ jobId }) => jobId);
}

async function printLog(call: Call, jobId: string, follow: boolean, terminal: Terminal): Promise<void> {
  for (let offset = 0, rest = ''; ; ) {
    const waitSeconds = follow ? followSeconds : 0;
    const page = await call<{ text: string; nextOffset: number; isComplete: boolean }>('GetJobLog', {
      jobId,
      offset,
      waitSeconds,
    });
    offset = page.nextOffset;
    const lines = (rest + page.text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) terminal.print(line);
    if (!page.isComplete && (follow || page.text !== '')) continue;
    if (rest !== '') terminal.print(rest);
    return;
  }
}

/** A continuation is queued in the transaction that ends the job before it, so none comes after an end without one. */
async function followChain(call: Call, lastId: string | undefined, terminal: Terminal): Promise<void> {
  for (let id = lastId; id !== undefined; ) {
    const { job }: { job: { nextJobId?: string } } = await call('GetJob', { jobId: id });
    id = job.nextJobId;
    if (id !== undefined) await printLog(call, id, true, terminal);
  }
}
