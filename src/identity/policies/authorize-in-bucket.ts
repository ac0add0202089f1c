import type { Caller } from '../caller.ts';
import { createJudge, type Judge } from './authorize.ts';
import { type BucketPolicy, judgeInBucket } from './bucket-policy.ts';
import type { JudgedAction } from './evaluate-policy.ts';
import { parsePolicy } from './policy.ts';

/** What the root user of the account may always do, so that no policy locks its bucket for good. */
const rootActions = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

const everything = parsePolicy({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });

/**
 * Prepares the decision about one action in a bucket that has a policy. A denial by the bucket wins over everything. What
 * the bucket grants stands in for the user's or role's own policies and for nothing else: session policies and explicit
 * denials still count, and credentials of a job never open more than its artifacts.
 */
export function createBucketJudge(caller: Caller, request: JudgedAction, policy: BucketPolicy): Judge {
  const judgeBucket = judgeInBucket(policy, caller, request);
  const judgeCaller = createJudge(caller, request);
  const isSpared = caller.kind === 'root' && rootActions.has(request.action);
  const canBeGranted = caller.kind === 'user' || caller.kind === 'role';
  const judgeGranted = canBeGranted
    ? createJudge({ ...caller, policies: [...caller.policies, everything] }, request)
    : judgeCaller;
  return (resource) => {
    const verdict = judgeBucket(resource);
    if (verdict === 'explicitDeny' && !isSpared) {
      return { isAllowed: false, isExplicit: true, message: describeDeny(caller, request.action, resource) };
    }
    return verdict === 'allowed' ? judgeGranted(resource) : judgeCaller(resource);
  };
}

function describeDeny({ arn }: Caller, action: string, resource: string): string {
  return `User: ${arn} is not authorized to perform: ${action} on resource: "${resource}" with an explicit deny in a resource-based policy`;
}
