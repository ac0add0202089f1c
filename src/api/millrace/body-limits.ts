import { type BodyLimits, boundedLimits, escapedBytes } from '../../contract/body-limits.ts';
import type { AdminOperation } from './operation.ts';

/** What is taken of the body of an operation of our own API: a text that may be long, such as a piece of a log, fits. */
export function adminBodyLimits({ input }: AdminOperation): BodyLimits {
  const members = Object.values(input);
  const textBytes = members.reduce((sum, { maxBytes = 0 }) => sum + maxBytes * escapedBytes, 0);
  const isList = members.some(({ type }) => type === 'strings' || type === 'structure');
  const limits = boundedLimits(isList ? Number.POSITIVE_INFINITY : 0);
  return { ...limits, maxBytes: limits.maxBytes + textBytes };
}
