import type { ErrorCode } from '../../contract/errors.ts';
import type { CurrentRevision, ExecutionDetails } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { ActionExecution, ArtifactContent, RecordedRevision } from '../../model/execution.ts';
import { type Job, type JobResult, jobNotFound, newestNonce } from '../../model/job.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { isOpenJob } from '../../model/status.ts';
import { finish } from '../tick/tick.ts';

/** The most UTF-8 bytes that the keys and values of an action's output variables may have (behaviour A.6). */
const maxOutputVariablesBytes = 122_880;

/** A worker's report on a job. */
export interface JobReport {
  jobId: string;
  result: JobResult;
  /** Nonce of the delivery that a built-in provider works on; remote workers send none (decision 10). */
  fence?: string;
  /** The stored content of each output artifact, by its name; for a success without continuation. */
  contents?: ReadonlyMap<string, ArtifactContent>;
  /** How long after a continuation the action's next job is offered (decision 4). */
  continuationDelayMs: number;
}

/** Applies a worker's report to the job and its action. */
export function jobResult(snapshot: Snapshot, report: JobReport, moment: Moment): Decision {
  const { execution } = snapshot;
  const job = execution?.jobs.find(({ id }) => id === report.jobId);
  const action = execution?.actions.find(({ id }) => id === job?.actionExecutionId);
  if (!execution || !job || !action) {
    const { code: refuse, message } = jobNotFound(report.jobId);
    return { refuse, message };
  }
  const refusal = refuseContent(report.result) ?? refuseFence(job, report.fence);
  if (refusal) return refusal;
  if (isAbandoned(job, action) && !isDeleted(snapshot)) return { changes: [], answer: undefined };
  if (!isOpenJob(job.status)) return repeatedResult(job, report.result);
  const { result, fence } = report;
  const deliveries = fence === undefined ? undefined : job.deliveries;
  const ended: Change = { kind: 'jobEnded', jobId: job.id, status: result.outcome, result, deliveries };
  return finish(snapshot, moment, [ended, ...consequences(execution, job, action, report, moment)], undefined);
}

function refuseContent(result: JobResult): Decision | undefined {
  if (result.outcome === 'Failed' || result.outputVariables === undefined) return undefined;
  if (result.continuationToken !== undefined) {
    return {
      refuse: 'ValidationException',
      message: 'A job can not contain both a continuation token and output variables.',
    };
  }
  const bytes = Object.entries(result.outputVariables)
    .flat()
    .reduce((sum, text) => sum + utf8Length(text), 0);
  if (bytes <= maxOutputVariablesBytes) return undefined;
  return {
    refuse: 'OutputVariablesSizeExceededException',
    message: `The output variables of an action can have at most ${maxOutputVariablesBytes} bytes in all.`,
  };
}

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** Refuses a provider that lost its lease, since another node may have the job (decision 10). */
export function refuseFence(job: Job, fence: string | undefined): { refuse: ErrorCode; message: string } | undefined {
  if (fence === undefined || fence === newestNonce(job)) return undefined;
  return { refuse: 'InvalidJobStateException', message: `Job with id ${job.id} has been handed to another worker` };
}

/** A result for an abandoned action is accepted without effect (behaviour A.6, C.5). */
function isAbandoned(job: Job, action: ActionExecution): boolean {
  return action.status === 'Abandoned' && job.result === undefined;
}

/** A result for a deleted pipeline is refused, so that its worker can stop. */
function isDeleted({ pipeline }: Snapshot): boolean {
  return pipeline.deletedAt !== undefined;
}

/** Accepts an identical repetition without effect and refuses anything else in AWS's words (behaviour A.6). */
function repeatedResult(job: Job, result: JobResult): Decision {
  if (job.result && canonical(job.result) === canonical(result)) return { changes: [], answer: undefined };
  const message =
    job.status === result.outcome
      ? `The status of job with id ${job.id} is already set to the desired value. It cannot be updated with the same status, but different result or output variables.`
      : `Job with id ${job.id} has already terminated`;
  return { refuse: 'InvalidJobStateException', message };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}

function consequences(
  execution: ExecutionSnapshot,
  job: Job,
  action: ActionExecution,
  { result, contents, continuationDelayMs }: JobReport,
  moment: Moment,
): Change[] {
  if (result.outcome === 'Failed') {
    const { type, message, externalExecutionId } = result.failureDetails;
    const failed = withProgress(action, { externalExecutionId }, moment);
    return [{ kind: 'actionFailed', action: { ...failed, status: 'Failed', error: { code: type, message } } }];
  }
  // A revision reported earlier stays valid, like everything a worker has reported (decision 4).
  const currentRevision = result.currentRevision ?? action.currentRevision;
  const progressed = { ...withProgress(action, result.executionDetails, moment), currentRevision };
  if (result.continuationToken !== undefined) {
    const next = continuation(job, result.continuationToken, continuationDelayMs, moment);
    return [
      { kind: 'actionProgressed', action: progressed },
      { kind: 'jobQueued', executionId: execution.id, job: next },
    ];
  }
  const { outputVariables } = result;
  const succeeded: Change = {
    kind: 'actionSucceeded',
    action: { ...withOutputs(progressed, currentRevision, contents), status: 'Succeeded', outputVariables },
  };
  return isSource(action) ? [succeeded, ...recordRevisions(execution, action, currentRevision)] : [succeeded];
}

function isSource(action: ActionExecution): boolean {
  return action.start.actionTypeId.category === 'Source';
}

/** Records with each output artifact the reported revision and its content, so that consumers get exactly that. */
function withOutputs(
  action: ActionExecution,
  currentRevision: CurrentRevision | undefined,
  contents: JobReport['contents'],
): ActionExecution {
  const outputArtifacts = action.start.outputArtifacts.map((artifact) => ({
    ...artifact,
    revision: currentRevision?.revision,
    content: contents?.get(artifact.name),
  }));
  return { ...action, start: { ...action.start, outputArtifacts } };
}

/** Merges only the fields that were sent, so that a later report does not erase an earlier one. */
function withProgress(action: ActionExecution, details: ExecutionDetails = {}, moment: Moment): ActionExecution {
  const sent = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  return { ...action, progress: { ...action.progress, ...sent }, updatedAt: moment.at };
}

/** Makes the action's next job. Its deadline stays the same, unless each job has its own time (behaviour A.6, A.8). */
function continuation(job: Job, continuationToken: string, delayMs: number, moment: Moment): Job {
  const offerAt = moment.at + delayMs;
  return {
    id: moment.newId(),
    actionExecutionId: job.actionExecutionId,
    status: 'Queued',
    queue: job.queue,
    queryValue: job.queryValue,
    deliveries: 0,
    offerAt,
    deadlineAt: job.timeoutMs === undefined ? job.deadlineAt : offerAt + job.timeoutMs,
    timeoutMs: job.timeoutMs,
    continuationToken,
    createdAt: moment.at,
  };
}

/** Replaces the revisions of an earlier attempt's artifacts, also if this one reported none (behaviour C.6). */
function recordRevisions(
  execution: ExecutionSnapshot,
  action: ActionExecution,
  revision: CurrentRevision | undefined,
): Change[] {
  const names = new Set(action.start.outputArtifacts.map(({ name }) => name));
  const others = execution.revisions.filter(({ name }) => !names.has(name ?? ''));
  if (!revision && others.length === execution.revisions.length) return [];
  const recorded = [...(revision ? names : [])].map(
    (name): RecordedRevision => ({
      actionName: action.actionName,
      name,
      revisionId: revision?.revision,
      revisionChangeIdentifier: revision?.changeIdentifier,
      revisionSummary: revision?.revisionSummary,
      created: revision?.created,
    }),
  );
  return [{ kind: 'revisionsRecorded', executionId: execution.id, revisions: [...others, ...recorded] }];
}
