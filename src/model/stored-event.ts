import type { TriggerType } from '../contract/generated.ts';
import type { Event } from './event.ts';
import type { ActionExecution, Execution } from './execution.ts';
import type { Pipeline, Scope } from './pipeline.ts';

/** The states of events. They are spelled as EventBridge spells them, which differs from the API (behaviour E.1). */
export type EventState =
  | 'STARTED'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELED'
  | 'SUPERSEDED'
  | 'RESUMED'
  | 'STOPPING'
  | 'STOPPED'
  | 'ABANDONED'
  | 'SKIPPED';

/** An event that is no change of an execution, such as one that a caller has put; `at` in ms. */
export interface Announcement extends Scope, Pick<Event, 'source' | 'detail-type' | 'resources' | 'detail'> {
  at: number;
  /** By default one that is made of its position. */
  id?: string;
  /** The time that the event says, if its caller has given another one; in ms. */
  saidAt?: number;
  /** The pipeline that it is about: events of one pipeline are delivered in order. */
  pipelineId?: string;
}

interface Recorded {
  /** Its place in the order of all events: a cursor from which the events after it are read. */
  position: string;
  /** The pipeline that it is about. */
  pipelineId?: string;
  /** In ms. */
  happenedAt: number;
}

interface OfExecution extends Recorded {
  pipeline: Pipeline;
  /** As it is now, not as it was when the event happened. */
  execution: Execution;
  /** 1, and one more with each retry of a stage. */
  attempt: number;
}

interface PipelineEvent extends OfExecution {
  kind: 'pipeline';
  state: EventState;
  /** Why it stops. */
  stopReason?: string;
  /** The output variables of the source action for whose change the execution was started, once it has succeeded. */
  sourceVariables?: Record<string, string>;
}

/** `startedAt` and `lastRetriedAt` in ms; the latter is absent in the first attempt. */
interface StageEvent extends OfExecution {
  kind: 'stage';
  state: EventState;
  stageName: string;
  startedAt: number;
  lastRetriedAt?: number;
}

interface ActionEvent extends OfExecution {
  kind: 'action';
  state: EventState;
  /** As it is now. */
  action: ActionExecution;
}

/** A manual approval waits for an answer. */
interface ApprovalEvent extends OfExecution {
  kind: 'approval';
  action: ActionExecution;
}

interface AnnouncedEvent extends Recorded {
  kind: 'announced';
  announcement: Announcement;
}

/** A recorded event with the rows that it refers to; `events/render-event.ts` makes an `Event` of it. */
export type StoredEvent = PipelineEvent | StageEvent | ActionEvent | ApprovalEvent | AnnouncedEvent;

const sourceChanges = new Set<TriggerType>(['PollForSourceChanges', 'WebhookV2', 'Webhook', 'CloudWatchEvent']);

/** Reports whether a change in a source started an execution. */
export function isSourceChange(triggerType: TriggerType): boolean {
  return sourceChanges.has(triggerType);
}
