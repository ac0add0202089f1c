import { type AccessDecision, authorize } from './authorize.ts';
import { type BucketPolicy, judgeInBucket } from './bucket-policy.ts';
import type { Caller } from './caller.ts';
import type { AccessRequest } from './evaluate-policy.ts';
import { parsePolicy } from './policy.ts';

/** What the root user of the account may always do, so that no policy locks its bucket for good. */
const rootActions = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

const everything = parsePolicy({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });

/**
 * Decides about a call to a bucket that has a policy. A denial by the bucket wins over everything. What the bucket grants
 * stands in for the user's or role's own policies and for nothing else: session policies and explicit denials still
 * count, and credentials of a job never open more than its artifacts.
 */
export function authorizeInBucket(caller: Caller, request: AccessRequest, policy: BucketPolicy): AccessDecision {
  const verdict = judgeInBucket(policy, caller, request);
  if (verdict === 'explicitDeny' && !(caller.kind === 'root' && rootActions.has(request.action))) {
    return { isAllowed: false, isExplicit: true, message: describeDeny(caller, request) };
  }
  const decision = authorize(caller, request);
  if (decision.isAllowed || verdict !== 'allowed') return decision;
  if (caller.kind !== 'user' && caller.kind !== 'role') return decision;
  return authorize({ ...caller, policies: [...caller.policies, everything] }, request);
}

function describeDeny({ arn }: Caller, { action, resources }: AccessRequest): string {
  return `User: ${arn} is not authorized to perform: ${action} on resource: "${resources[0] ?? '*'}" with an explicit deny in a resource-based policy`;
}
