import type { FailureType } from '../../contract/generated.ts';

/** The exit code by which a command says that it is not done yet: EX_TEMPFAIL of sysexits.h. */
export const continueExitCode = 75;

/** Exit codes of sysexits.h that say what kind of failure it was; all others are JobFailed. */
const failureTypes: Record<number, FailureType> = {
  69: 'SystemUnavailable',
  77: 'PermissionError',
  78: 'ConfigurationError',
};

/** The type of failure that a command's exit code stands for; null is the end by a signal. */
export function failureTypeOf(exitCode: number | null): FailureType {
  return (exitCode === null ? undefined : failureTypes[exitCode]) ?? 'JobFailed';
}
