import type { Caller } from '../caller.ts';
import { createJudge, type Judge } from './authorize.ts';
import { type BucketPolicy, judgeInBucket } from './bucket-policy.ts';
import type { JudgedAction } from './evaluate-policy.ts';
import { parsePolicy } from './policy.ts';

/** Always allowed to the root user, so that no policy locks a bucket permanently. */
const rootActions = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

const everything = parsePolicy({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });

/**
 * Prepares the decision about one action in a bucket with a policy. A denial by the bucket always wins. A grant by the
 * bucket replaces only an Allow in the user's or role's own policies: session policies and explicit denials still
 * count, and job credentials never allow more than the job's artifacts.
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
