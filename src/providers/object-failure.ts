import { JobFailure } from '../worker/job-failure.ts';

const permissionErrors = new Set(['AccessDenied', 'AllAccessDisabled', 'AccountProblem']);

/** Refusals of 4xx that the same request may not meet again; every other one stays until somebody changes something. */
const passingRefusals = new Set([
  'ConditionalRequestConflict',
  'IncompleteBody',
  'OperationAborted',
  'RequestTimeout',
  'SlowDown',
  'TooManyRequests',
]);

/** Turns what the object store threw into the failure a pipeline's user can act on; `JobFailure` stays what it is. */
export function objectFailure(verb: 'read' | 'write', where: string, error: unknown): JobFailure {
  if (error instanceof JobFailure) return error;
  const { message, name } = error instanceof Error ? error : new Error(String(error));
  if (permissionErrors.has(name)) {
    return new JobFailure('PermissionError', `No permission to ${verb} ${where}: ${message}`, error);
  }
  return new JobFailure(failureType(name, error), `Could not ${verb} ${where}: ${message}`, error);
}

function failureType(name: string, error: unknown): JobFailure['type'] {
  // The object is there and cannot be read: its bytes are damaged, or kept where they have to be restored from first.
  if (name === 'InvalidObjectState') return 'RevisionUnavailable';
  return isPermanent(name, error) ? 'ConfigurationError' : 'SystemUnavailable';
}

function isPermanent(name: string, error: unknown): boolean {
  const status = error instanceof Error && 'httpStatus' in error ? Number(error.httpStatus) : 0;
  return status >= 400 && status < 500 && !passingRefusals.has(name);
}
