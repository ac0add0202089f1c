import { operations } from '../api/codepipeline/index.ts';
import type { SystemFailure } from '../contract/system-failure.ts';
import type { AuthenticationFailure } from '../identity/signatures/authentication-error.ts';
import type { Authentication } from '../identity/signatures/authenticator.ts';
import type { WebhookOutcome } from '../webhooks/receive-webhook.ts';

/** What the port serves. `own` is whatever lies under `/-/`, and what nobody can tell a service of. */
type Service = 'codepipeline' | 'millrace' | 's3' | 'sts' | 'own';

/**
 * What the log and the metrics tell of one call; filled in while it is answered. Names come from closed lists, never
 * from the client: whatever becomes a label of a metric must stay countable. Nothing here is secret.
 */
export interface CallRecord {
  service: Service;
  /** As the service calls it; 'unknown' until the request is understood. */
  operation: string;
  /** 'ok', or the code of the error that was answered. */
  outcome: string;
  /** ARN of whoever signed. */
  principal?: string;
  account?: string;
  region?: string;
  /** Name of the webhook an event came by; never its URL, which is as good as a key. */
  webhook?: string;
  /** What became of the event. */
  event?: WebhookOutcome['event'];
  /** Which failure of disk, database or process refused the call. */
  systemError?: SystemFailure['code'];
  /** Why a signature was refused. */
  reason?: AuthenticationFailure;
  /** What the caller may not do to which bucket or object; the first of `count`, as one call may delete many. */
  denied?: { action: string; resource: string; count: number };
  /** A routine answer that tells nothing new, such as an empty poll: worth a line at debug only. */
  isRoutine: boolean;
}

/** A record of which nothing is known yet. */
export function newCallRecord(): CallRecord {
  return { service: 'own', operation: 'unknown', outcome: 'ok', isRoutine: false };
}

/** Notes who signed, as soon as the signature has been verified. */
export function recordCaller(record: CallRecord, { caller, region }: Authentication): void {
  record.principal = caller.arn;
  record.account = caller.account;
  record.region = region;
}

/** Notes that somebody was refused for want of a right. DeleteObjects goes on without it and answers ok. */
export function recordDenial(record: CallRecord, action: string, resource: string): void {
  record.denied = record.denied ? { ...record.denied, count: record.denied.count + 1 } : { action, resource, count: 1 };
}

const polls: ReadonlySet<string> = new Set(
  Object.values(operations)
    .filter((operation) => operation.isPoll)
    .map(({ name }) => name),
);

/** Whether the operation asks for jobs, and so may be held and may find none. */
export function isPoll(operation: string): boolean {
  return polls.has(operation);
}

/** Whether a poll's output hands out nothing. */
export function isEmptyPoll(operation: string, output: unknown): boolean {
  if (!isPoll(operation) || typeof output !== 'object' || output === null) return false;
  return 'jobs' in output && Array.isArray(output.jobs) && output.jobs.length === 0;
}
