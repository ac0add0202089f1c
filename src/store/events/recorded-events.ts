import { isManualApproval } from '../../model/action-type.ts';
import type { Change } from '../../model/change.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import type { EventState, StoredEvent } from '../../model/stored-event.ts';

/** A row of `events` about an execution; instants in ms. */
export interface EventRecord {
  executionId: string;
  kind: Exclude<StoredEvent['kind'], 'announced'>;
  state?: EventState;
  /** The name of the stage or the id of the action; for an execution that stops, why. */
  subject?: string;
  /** Undefined for an execution that the decision was not about: its attempt has to be looked up. */
  attempt?: number;
  retriedAt?: number;
}

const endStates = {
  Succeeded: 'SUCCEEDED',
  Failed: 'FAILED',
  Stopped: 'STOPPED',
  Cancelled: 'CANCELED',
  // Not among the service's states: a stage that has started must end for those who follow it.
  Skipped: 'SKIPPED',
} as const;

/**
 * Lists the events of a decision in the order of its changes, one for each change of state. `before` is the execution it
 * was about, undefined if there was none or the decision started it. Conditions and rules have no events (behaviour E.1).
 */
export function eventsOf(before: ExecutionSnapshot | undefined, changes: Change[], at: number): EventRecord[] {
  const subject = createSubject(before, at);
  return changes.flatMap((change): EventRecord[] => {
    switch (change.kind) {
      case 'executionStarted':
        subject.start(change.execution.id);
        return [subject.pipeline(change.execution.id, 'STARTED')];
      case 'executionSuperseded':
        return [subject.pipeline(change.executionId, 'SUPERSEDED')];
      case 'executionEnded':
        return [subject.pipeline(change.executionId, endStates[change.status])];
      case 'executionStopping':
        subject.stop(change.stopTrigger.reason);
        // A second request, to abandon the actions, changes no state.
        if (before?.status !== 'InProgress') return [];
        return [
          subject.pipeline(change.executionId, 'STOPPING'),
          ...before.stages
            .filter(({ status }) => status === 'InProgress')
            .map(({ stageName }) => subject.stage(change.executionId, stageName, 'STOPPING')),
        ];
      case 'stageEntered':
        return [subject.stage(change.executionId, change.stageName, 'STARTED')];
      case 'stageEnded':
        return [subject.stage(change.executionId, change.stageName, endStates[change.status])];
      case 'stageRetried':
        subject.retry(change.stageName);
        return subject.resumed(change);
      case 'conditionOverridden':
        return subject.resumed(change);
      case 'actionStarted':
        if (change.action.conditionId !== undefined) return [];
        return [
          subject.action(change.action, 'STARTED'),
          ...(isWaitingApproval(change.action) ? [subject.approval(change.action)] : []),
        ];
      case 'actionSucceeded':
      case 'actionFailed':
      case 'actionAbandoned':
        return change.action.conditionId === undefined ? [subject.action(change.action, endOf(change.action))] : [];
      case 'transitionDisabled':
      case 'transitionEnabled':
      case 'executionWaiting':
      case 'executionExpired':
      case 'webhookTriggered':
      case 'sourceSeen':
      case 'refSeen':
      case 'pullRequestTaken':
      case 'revisionsRecorded':
      case 'conditionStarted':
      case 'conditionEnded':
      case 'actionProgressed':
      case 'jobQueued':
      case 'jobEnded':
        return [];
      default:
        return change satisfies never;
    }
  });
}

/** An approval that could not start fails at once and has no deadline. */
function isWaitingApproval({ deadlineAt, start }: ActionExecution): boolean {
  return deadlineAt !== undefined && isManualApproval(start.actionTypeId);
}

function endOf({ status, error }: ActionExecution): EventState {
  if (status === 'Abandoned') return 'ABANDONED';
  if (status === 'Succeeded') return 'SUCCEEDED';
  // An update of the pipeline ends an approval; the API knows no other status for it.
  return error?.code === 'ApprovalCanceled' ? 'CANCELED' : 'FAILED';
}

/** Makes the events of a decision, with the attempts of the execution that it is about. */
function createSubject(before: ExecutionSnapshot | undefined, at: number) {
  let id = before?.id ?? '';
  let attempt = 1;
  const retriedAt = new Map<string, number | undefined>();
  for (const stage of before?.stages ?? []) {
    attempt += stage.manualRetries + stage.automaticRetries;
    retriedAt.set(stage.stageName, stage.lastRetriedAt);
  }
  const base = (executionId: string) => ({ executionId, attempt: executionId === id ? attempt : undefined });
  const stage = (executionId: string, stageName: string, state: EventState): EventRecord => ({
    ...base(executionId),
    kind: 'stage',
    state,
    subject: stageName,
    retriedAt: executionId === id ? retriedAt.get(stageName) : undefined,
  });
  // A retry forgets it, and events may be read after that.
  let stopReason = before?.stopTrigger?.reason;
  const pipeline = (executionId: string, state: EventState): EventRecord => ({
    ...base(executionId),
    kind: 'pipeline',
    state,
    subject: state === 'STOPPING' || state === 'STOPPED' ? stopReason : undefined,
  });
  return {
    start(executionId: string): void {
      id = executionId;
      attempt = 1;
      stopReason = undefined;
      retriedAt.clear();
    },
    stop(reason: string | undefined): void {
      stopReason = reason;
    },
    retry(stageName: string): void {
      attempt += 1;
      retriedAt.set(stageName, at);
    },
    pipeline,
    stage,
    resumed: ({ executionId, stageName }: { executionId: string; stageName: string }) => [
      pipeline(executionId, 'RESUMED'),
      stage(executionId, stageName, 'RESUMED'),
    ],
    action: ({ id: subject }: ActionExecution, state: EventState): EventRecord => ({
      ...base(id),
      kind: 'action',
      state,
      subject,
    }),
    approval: ({ id: subject }: ActionExecution): EventRecord => ({ ...base(id), kind: 'approval', subject }),
  };
}
