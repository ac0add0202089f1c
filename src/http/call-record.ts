import type { AwsService } from '../contract/service-models.ts';
import type { SystemFailure } from '../contract/system-failure.ts';
import type { AuthenticationFailure } from '../identity/signatures/authentication-error.ts';
import type { Authentication } from '../identity/signatures/authenticator.ts';
import type { WebhookOutcome } from '../webhooks/receive-event.ts';
import type { HookAnswer } from '../webhooks/receive-hook-event.ts';

/** What the port serves. `own` is everything under `/-/`, and what cannot be attributed to a service. */
export type Service = 'codepipeline' | 'millrace' | 's3' | 'sts' | 'own' | AwsService;

/**
 * What log and metrics say about one call; filled in while it is served. Names come from closed lists, never from the
 * client, so that the labels of metrics stay countable. Nothing here is secret.
 */
export interface CallRecord {
  service: Service;
  /** The service's name for it; 'unknown' until the request is understood. */
  operation: string;
  /** 'ok', or the code of the error. */
  outcome: string;
  /** ARN of the signer. */
  principal?: string;
  account?: string;
  region?: string;
  /** Name of the webhook, or of the hook's repository, that got an event; never its URL, which is as good as a key. */
  webhook?: string;
  /** What became of the event. */
  event?: WebhookOutcome['event'] | HookAnswer['event'];
  /** Which failure of disk, database or process refused the call. */
  systemError?: SystemFailure['code'];
  /** Why a signature was rejected. */
  reason?: AuthenticationFailure;
  /** The first of `count` rights the caller lacked, since one call may delete many objects. */
  denied?: { action: string; resource: string; count: number };
  /** Whether it is routine, such as an empty poll, and logged at debug only. */
  isRoutine: boolean;
}

/** Returns the record of a call nothing is known of yet. */
export function newCallRecord(): CallRecord {
  return { service: 'own', operation: 'unknown', outcome: 'ok', isRoutine: false };
}

/** Records the signer, as soon as the signature was verified. */
export function recordCaller(record: CallRecord, { caller, region }: Authentication): void {
  record.principal = caller.arn;
  record.account = caller.account;
  record.region = region;
}

/** Records a right the caller lacked. DeleteObjects continues without it and is still ok. */
export function recordDenial(record: CallRecord, action: string, resource: string): void {
  record.denied = record.denied ? { ...record.denied, count: record.denied.count + 1 } : { action, resource, count: 1 };
}
