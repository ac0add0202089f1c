import { JobFailure } from '../worker/job-failure.ts';

const permissionErrors = new Set(['AccessDenied', 'AllAccessDisabled', 'AccountProblem']);

/** 4xx errors that a retry may avoid; all others last until someone changes something. */
const temporaryErrors = new Set([
  'ConditionalRequestConflict',
  'IncompleteBody',
  'OperationAborted',
  'RequestTimeout',
  'SlowDown',
  'TooManyRequests',
]);

/** Turns an error of the object store into a failure the pipeline's user can act on; passes `JobFailure` through. */
export function objectFailure(verb: 'read' | 'write', where: string, error: unknown): JobFailure {
  if (error instanceof JobFailure) return error;
  const { message, name } = error instanceof Error ? error : new Error(String(error));
  if (permissionErrors.has(name)) {
    return new JobFailure('PermissionError', `No permission to ${verb} ${where}: ${message}`, error);
  }
  return new JobFailure(failureType(name, error), `Could not ${verb} ${where}: ${message}`, error);
}

function failureType(name: string, error: unknown): JobFailure['type'] {
  // The object exists but cannot be read: it is damaged, or archived and must be restored first.
  if (name === 'InvalidObjectState') return 'RevisionUnavailable';
  return isPermanent(name, error) ? 'ConfigurationError' : 'SystemUnavailable';
}

function isPermanent(name: string, error: unknown): boolean {
  const status = error instanceof Error && 'httpStatus' in error ? Number(error.httpStatus) : 0;
  return status >= 400 && status < 500 && !temporaryErrors.has(name);
}
