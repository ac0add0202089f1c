import type { FailureDetails, FailureType } from '../contract/generated.ts';

/** Longest `failureDetails.message` that the API accepts (behaviour A.1). */
const maxFailureMessageChars = 5000;

/** Ends a job as Failed, with a type and a message for the pipeline's user; may be thrown anywhere below a `RunJob`. */
export class JobFailure extends Error {
  readonly type: FailureType;

  constructor(type: FailureType, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'JobFailure';
    this.type = type;
  }
}

/** Returns the failure details of anything thrown: a `JobFailure` keeps its type, everything else is `JobFailed`. */
export function failureOf(thrown: unknown): FailureDetails {
  const type = thrown instanceof JobFailure ? thrown.type : 'JobFailed';
  const message = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return { type, message: cleanMessage(message) };
}

/**
 * Returns a message the API accepts: 1 to 5,000 characters without terminal colours and control characters. A U+0000 is
 * rejected, and a rejected failure report would leave the action running until it times out.
 */
export function cleanMessage(message: string): string {
  const plain = message
    .replace(ansiSequence, '')
    .replace(controlCharacters, '')
    .slice(0, maxFailureMessageChars)
    .replace(halfPair, '');
  return plain.trim() === '' ? 'The job failed without a message.' : plain;
}

const ansiSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');
const controlCharacters = new RegExp(`[${String.fromCharCode(0)}-\\u0008\\u000b-\\u001f\\u007f]`, 'g');
/** Truncation may leave half of a surrogate pair at either end, which is invalid Unicode. */
const halfPair = /^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g;
