import type { CurrentRevision, ExecutionDetails } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { Decision } from '../../model/decision.ts';
import type { ActionExecution, ArtifactContent, RecordedRevision } from '../../model/execution.ts';
import { type Job, type JobResult, newestNonce } from '../../model/job.ts';
import type { Moment } from '../../model/moment.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { isOpenJob } from '../../model/status.ts';
import { draftOf, record } from '../tick/draft.ts';
import { conclude, tick } from '../tick/tick.ts';

/** All output variables of one action together, keys and values in UTF-8 bytes (behaviour A.6). */
const maxOutputVariablesBytes = 122_880;

/** A worker's report on a job. */
export interface JobReport {
  jobId: string;
  result: JobResult;
  /** Nonce of the delivery a built-in provider works on; remote workers send none (decision 10). */
  fence?: string;
  /** Of a success without continuation: what was at the place of each output artifact, by the artifact's name. */
  contents?: ReadonlyMap<string, ArtifactContent>;
  /** How long after a continuation the next job of the action is offered (decision 4). */
  continuationDelayMs: number;
}

/** Decides what a report does to the job, its action and everything behind it. */
export function jobResult(snapshot: Snapshot, report: JobReport, moment: Moment): Decision {
  const { execution } = snapshot;
  const job = execution?.jobs.find(({ id }) => id === report.jobId);
  const action = execution?.actions.find(({ id }) => id === job?.actionExecutionId);
  if (!execution || !job || !action) {
    return { refuse: 'JobNotFoundException', message: `Job with id '${report.jobId}' does not exist` };
  }
  const refusal = refuseContent(report.result) ?? refuseFence(job, report);
  if (refusal) return refusal;
  if (isAbandoned(job, action) && !hasGone(snapshot)) return { changes: [], answer: undefined };
  if (!isOpenJob(job.status)) return repeatedResult(job, report.result);
  const { result, fence } = report;
  const deliveries = fence === undefined ? undefined : job.deliveries;
  const ended: Change = { kind: 'jobEnded', jobId: job.id, status: result.outcome, result, deliveries };
  const draft = record(draftOf(snapshot, moment), ended, ...consequences(execution, job, action, report, moment));
  return conclude(tick(draft, moment), undefined);
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

/** A provider that lost its lease must not write over the node that took the job (decision 10). */
function refuseFence(job: Job, report: JobReport): Decision | undefined {
  if (report.fence === undefined || report.fence === newestNonce(job)) return undefined;
  return { refuse: 'InvalidJobStateException', message: `Job with id ${job.id} has been handed to another worker` };
}

/** What comes after the action was abandoned is accepted and without effect (behaviour A.6, C.5). */
function isAbandoned(job: Job, action: ActionExecution): boolean {
  return action.status === 'Abandoned' && job.result === undefined;
}

/** Whoever works for a deleted pipeline is told that nobody waits for the result any more. */
function hasGone({ pipeline }: Snapshot): boolean {
  return pipeline.deletedAt !== undefined;
}

/** An identical repeat is accepted without effect, everything else refused in the service's words (behaviour A.6). */
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
  // A revision told along the way holds until the end, like all that a worker has told (decision 4).
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

/**
 * What an action produced carries the revision it reported from here on, be it a source or a build, and what was there
 * when it succeeded: whoever reads the artifact later gets exactly that.
 */
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

/** Takes over only the fields that were sent, so that a later report does not wipe what an earlier one told. */
function withProgress(action: ActionExecution, details: ExecutionDetails = {}, moment: Moment): ActionExecution {
  const sent = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  return { ...action, progress: { ...action.progress, ...sent }, updatedAt: moment.at };
}

/** The same action under a new job id; its deadline runs on, unless each job has its own time (behaviour A.6, A.8). */
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

/** What an earlier attempt told of its artifacts is gone with them, also when this one tells nothing (behaviour C.6). */
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
