/** A job as returned by ListJobs and GetJob; instants in seconds. */
export interface ListedJobText {
  jobId: string;
  status: string;
  isWaiting: boolean;
  actionType: string;
  queryValue?: string;
  pipelineName: string;
  pipelineExecutionId: string;
  stageName: string;
  actionName: string;
  deliveries: number;
  createdAt: number;
  deadlineAt?: number;
  previousJobId?: string;
  nextJobId?: string;
  result?: { failureDetails?: { type: string; message: string }; externalExecutionId?: string; summary?: string };
}

/** An event as returned by GetJob; instants in seconds. */
export interface JobEventText {
  kind: string;
  at: number;
  callerArn?: string;
  accessKeyId?: string;
  requestId?: string;
  nonce?: string;
  leaseUntil?: number;
}

const columns = ['AGE', 'STATUS', 'ACTION TYPE', 'QUERY', 'PIPELINE/STAGE/ACTION', 'DELIVERIES', 'JOB'];

/** Returns a table of jobs; `now` in ms. */
export function tableLines(jobs: ListedJobText[], now: number): string[] {
  const rows = jobs.map((job) => [
    ageText(now / 1000 - job.createdAt),
    job.isWaiting ? 'waiting' : job.status,
    job.actionType,
    job.queryValue ?? '-',
    `${job.pipelineName}/${job.stageName}/${job.actionName}`,
    String(job.deliveries),
    job.jobId,
  ]);
  const all = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Formats an age: 40s, 12m, 3h05m, 2d04h. */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (count: number) => String(count).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (whole < 60) return `${whole}s`;
  if (minutes < 60) return `${minutes}m`;
  return hours < 24 ? `${hours}h${two(minutes % 60)}m` : `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

/** Returns the details of a job and its history, a line for each event. */
export function historyLines(job: ListedJobText | undefined, events: JobEventText[]): string[] {
  if (!job) return [];
  const { result } = job;
  return [
    `job         ${job.jobId} (${job.status})`,
    `action      ${job.pipelineName}/${job.stageName}/${job.actionName}, ${job.actionType}`,
    `execution   ${job.pipelineExecutionId}`,
    ...optional('query', job.queryValue),
    ...optional('deadline', job.deadlineAt === undefined ? undefined : timeText(job.deadlineAt)),
    ...optional('continues', job.previousJobId),
    ...optional('continued by', job.nextJobId),
    ...optional('failure', result?.failureDetails && `${result.failureDetails.type}: ${result.failureDetails.message}`),
    ...optional('summary', result?.summary),
    ...optional('external id', result?.externalExecutionId),
    '',
    `${timeText(job.createdAt)}  Queued`,
    ...events.map(eventLine),
  ];
}

function optional(name: string, text: string | undefined): string[] {
  return text === undefined ? [] : [`${name.padEnd(12)}${text}`];
}

function eventLine({ kind, at, callerArn, accessKeyId, requestId, nonce, leaseUntil }: JobEventText): string {
  const details = [
    nonce === undefined ? '' : `nonce ${nonce}`,
    leaseUntil === undefined ? '' : `until ${timeText(leaseUntil)}`,
    callerArn === undefined ? 'by the server' : `by ${callerArn} (${accessKeyId}), request ${requestId}`,
  ];
  return [timeText(at), kind.padEnd(17), ...details.filter((detail) => detail !== '')].join('  ');
}

function timeText(at: number): string {
  return new Date(at * 1000).toISOString();
}
