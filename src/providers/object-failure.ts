import { JobFailure } from '../worker/job-failure.ts';

const permissionErrors = new Set(['AccessDenied', 'AllAccessDisabled', 'AccountProblem']);
const configurationErrors = new Set([
  'NoSuchBucket',
  'NoSuchKey',
  'NoSuchVersion',
  'InvalidArgument',
  'InvalidRequest',
]);

/** Turns what the object store threw into the failure a pipeline's user can act on; `JobFailure` stays what it is. */
export function objectFailure(verb: 'read' | 'write', where: string, error: unknown): JobFailure {
  if (error instanceof JobFailure) return error;
  const { message, name } = error instanceof Error ? error : new Error(String(error));
  if (permissionErrors.has(name)) {
    return new JobFailure('PermissionError', `No permission to ${verb} ${where}: ${message}`, error);
  }
  const type = configurationErrors.has(name) || name.startsWith('KMS') ? 'ConfigurationError' : 'SystemUnavailable';
  return new JobFailure(type, `Could not ${verb} ${where}: ${message}`, error);
}
