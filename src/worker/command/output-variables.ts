import { JobFailure } from '../job-failure.ts';

/** Most bytes of all output variables of an action together (behaviour A.6). */
const maxBytes = 122_880;
const keyPattern = /^[A-Za-z0-9@\-_]+$/;

/** Throws JobFailure for output variables that the API would refuse, while their origin is still known. */
export function checkOutputVariables(variables: Record<string, string>): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(variables)) {
    if (!keyPattern.test(key)) {
      throw new JobFailure('ConfigurationError', `An output variable is called '${key}'; use A-Z a-z 0-9 @ - _ only.`);
    }
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes <= maxBytes) return;
  throw new JobFailure('ConfigurationError', `The output variables have ${bytes} bytes; ${maxBytes} are allowed.`);
}
