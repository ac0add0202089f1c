import type { Policy } from './policy.ts';
import { PolicyError } from './policy-json.ts';

/**
 * The maximum number of passes over an S3 key of 1,024 characters that the policies of one access key, role or session
 * may take. DeleteObjects has up to 1,000 keys, and a pass takes 2 to 5 µs.
 */
const maxEffort = 32;

/** Returns the maximum effort of evaluating these policies for one resource. */
function effortOf(policies: readonly Policy[]): number {
  return policies.reduce((sum, { effort }) => sum + effort, 0);
}

/** Reports whether policies take too long to evaluate. Those stored before the limit existed are still enforced. */
export function isTooLaborious(policies: readonly Policy[]): boolean {
  return effortOf(policies) > maxEffort;
}

/** Throws `PolicyError` for policies that take too long to evaluate. */
export function checkEffort(policies: readonly Policy[], place = ''): void {
  if (!isTooLaborious(policies)) return;
  throw new PolicyError(
    place,
    `the resources have more than ${maxEffort} parts between two '*' that can match an object's key; name buckets, or end patterns with '*'`,
  );
}
