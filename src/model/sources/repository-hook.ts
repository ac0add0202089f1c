import type { Scope } from '../pipeline.ts';
import type { RefChange } from './repository-event.ts';
import type { PullRequestEvent } from './source-ref.ts';

/** The hook of a declared repository, which forges and Git servers post their events to. Instants in ms. */
export interface RepositoryHook extends Scope {
  /** The end of its URL, which can't be guessed and never changes. */
  id: string;
  /** The name of the repository. */
  repository: string;
  createdAt: number;
  /** When an event last proved that its sender knows the secret. */
  verifiedAt?: number;
  /** How many events were refused since the creation. */
  refusedEvents: number;
  /** Why the last event was refused; absent once one was taken after it. */
  trouble?: { message: string; at: number };
}

/** What a hook has received. */
export interface HookEvent {
  /** The dialect, such as `GitHub`. */
  forge: string;
  /** Its name for the event. */
  event: string;
  /** An id that repetitions share. */
  deliveryId?: string;
  /** A hash of the body. */
  bodyHash: string;
  actor?: string;
  /** The refs of a push, at most `mostChanges`. */
  changes: RefChange[];
  changeCount: number;
  pullRequest?: PullRequestEvent;
  outcome: HookOutcome;
  /** Says for people what became of it, apart from what checks found. */
  message: string;
}

/**
 * What became of an event: checks were asked for, it was a test, it starts nothing by its kind, or it was refused although
 * its sender knows the secret.
 */
export type HookOutcome = 'Accepted' | 'Ping' | 'Ignored' | 'Refused';

/** What a check did for one source action. */
export interface CheckFinding {
  pipeline: string;
  action: string;
  /** Of the execution that it started. */
  executionId?: string;
  /** A sentence without the name of the pipeline. */
  message: string;
}

/** An event as stored. */
export interface StoredHookEvent extends HookEvent {
  /** Orders the events of all hooks. */
  sequence: number;
  repository: string;
  receivedAt: number;
  /** How often the same event came again, and when it last did. */
  repeats: number;
  repeatedAt?: number;
  /** Whether a check that it asked for is not over. */
  isPending: boolean;
  results: CheckFinding[];
}

/** An event that waits for a check, with what earlier runs of that check have found. */
export type WaitingEvent = Pick<StoredHookEvent, 'sequence' | 'changes' | 'changeCount' | 'pullRequest' | 'results'>;
