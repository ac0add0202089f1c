import type { Logger } from 'pino';
import type { DueWatch, Store } from '../store/store.ts';

/** A source that can't be watched as it is declared. The message is for the user. */
export class UnwatchableSource extends Error {
  readonly type = 'ConfigurationError';
}

interface FailureParts {
  store: Pick<Store, 'sourceWatches'>;
  log: Logger;
}

/** Records why a watch found nothing, and logs it once, until it changes. */
export async function noteFailure(
  { store, log }: FailureParts,
  watch: DueWatch,
  error: unknown,
  at: number,
): Promise<void> {
  const failure = { code: codeOf(error), message: error instanceof Error ? error.message : String(error), at };
  const isKnown = failure.code === watch.failure?.code && failure.message === watch.failure.message;
  if (isKnown || !(await store.sourceWatches.noteFailure(keyOf(watch), failure))) return;
  log.warn(
    { ...fieldsOf(watch), reason: failure.message },
    'a polled source cannot be checked; retrying, at least every 15 minutes, without logging it again',
  );
}

/** Says why a check found nothing, for the events that asked for it. */
export function failureMessage(error: unknown): string {
  return `It could not be checked: ${error instanceof Error ? error.message : String(error)} It is tried again.`;
}

/** Forgets why the last check of a watch failed. */
export async function noteSuccess({ store, log }: FailureParts, watch: DueWatch): Promise<void> {
  if (watch.failure !== undefined && (await store.sourceWatches.noteFailure(keyOf(watch), undefined))) {
    log.info(fieldsOf(watch), 'a polled source can be read again');
  }
}

/** Checks name the kind of their failure as jobs do. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'type' in error ? String(error.type) : 'JobFailed';
}

export function keyOf({ pipeline, actionName, location }: DueWatch) {
  return { pipelineId: pipeline.id, actionName, location };
}

/** Names a watch in the log. */
export function fieldsOf({ pipeline, actionName, location }: DueWatch) {
  return { pipeline: pipeline.name, region: pipeline.region, action: actionName, ...location };
}
