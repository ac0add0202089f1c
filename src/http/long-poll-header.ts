import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from '../contract/errors.ts';

const name = 'x-millrace-wait-seconds';
const maxWaitSeconds = 20;

/** How long PollForJobs may hold this call, in ms; undefined when the caller does not say. */
export function readWaitMs(headers: IncomingHttpHeaders): number | undefined {
  const text = headers[name];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (typeof text !== 'string' || text.trim() === '' || !(seconds >= 0 && seconds <= maxWaitSeconds)) {
    throw new ServiceError('ValidationException', `The header ${name} must be a number from 0 to ${maxWaitSeconds}.`);
  }
  return seconds * 1000;
}
