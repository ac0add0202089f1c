import type { FailureDetails, FailureType } from '../contract/generated.ts';

/** Longest `failureDetails.message` of the API (behaviour A.1). */
const maxFailureMessageChars = 5000;

/** Thrown anywhere below a `RunJob` to end the job as Failed with a type and a message for the pipeline's user. */
export class JobFailure extends Error {
  readonly type: FailureType;

  constructor(type: FailureType, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'JobFailure';
    this.type = type;
  }
}

/** The failure details of whatever was thrown: a `JobFailure` keeps its type, all else is `JobFailed`. */
export function failureOf(thrown: unknown): FailureDetails {
  const type = thrown instanceof JobFailure ? thrown.type : 'JobFailed';
  const message = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return { type, message: cleanMessage(message) };
}

/**
 * A message the API accepts: 1 to 5,000 characters, no terminal colours, no control characters (a stored U+0000 is
 * refused, and a refused failure report would leave the action running until it times out).
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
/** Cutting a text may leave half of a surrogate pair at either end, which is no valid Unicode. */
const halfPair = /^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g;
