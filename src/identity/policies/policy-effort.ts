import type { Policy } from './policy.ts';
import { PolicyError } from './policy-json.ts';

/**
 * How many passes over a key of S3, of 1,024 characters, the policies of one key, role or session may take. DeleteObjects
 * asks for 1,000 keys, and a pass takes 2 to 5 µs.
 */
const maxEffort = 32;

/** Sums up what judging one resource by all of these policies takes at most. */
function effortOf(policies: readonly Policy[]): number {
  return policies.reduce((sum, { effort }) => sum + effort, 0);
}

/** Whether policies take too long to judge; those that were kept before there was a limit are obeyed all the same. */
export function isTooLaborious(policies: readonly Policy[]): boolean {
  return effortOf(policies) > maxEffort;
}

/** Throws `PolicyError` for policies that would take too long to judge. */
export function checkEffort(policies: readonly Policy[], place = ''): void {
  if (!isTooLaborious(policies)) return;
  throw new PolicyError(
    place,
    `the resources have more than ${maxEffort} parts between two '*' that can match an object's key; name buckets, or end patterns with '*'`,
  );
}
