import { callerOfJob, callerOfRole } from '../caller.ts';
import { type AccessDecision, createJudge, isAllowed, objectArn } from '../policies/authorize.ts';
import { createBucketJudge } from '../policies/authorize-in-bucket.ts';
import { judgeInBucket, parseBucketPolicy } from '../policies/bucket-policy.ts';
import type { JudgedAction } from '../policies/evaluate-policy.ts';
import { type JobGrant, roleNameOf } from '../secrets/job-credentials.ts';
import type { Role } from './role-declaration.ts';

/** An access by the server on behalf of a job: IAM's name of the action, and the bucket or object. */
export interface JobAccess {
  action: string;
  bucket: string;
  key?: string;
  /** The policy of the bucket, if it has one. */
  policy?: string;
  /** Further condition keys and their values. */
  values?: Record<string, string>;
}

/** Decides about an access to objects on behalf of one job. */
export type JudgeJob = (access: JobAccess) => AccessDecision;

/**
 * Returns a judge for a job: its grant decides about its own artifacts, the current policies of its role about
 * everything else. With `isStrict` an undeclared role is denied everything, otherwise nothing.
 */
export function createJobRights(options: { roles: readonly Role[]; isStrict: boolean }): (grant: JobGrant) => JudgeJob {
  const { roles, isStrict } = options;
  const byArn = new Map(roles.map((role) => [role.arn, role]));
  return (grant) => {
    const { roleArn, jobId } = grant;
    // The job was claimed, so it was open; the object store checks again when a write commits.
    const job = { ...callerOfJob('', { ...grant, roleName: roleNameOf(roleArn) }), isOpen: true };
    const role = byArn.get(roleArn);
    const asRole = (decision: AccessDecision): AccessDecision =>
      decision.isAllowed
        ? decision
        : { ...decision, message: decision.message.replace(/^User: \S+/, () => `Role: ${roleArn}`) };
    return ({ action, bucket, key, policy, values }) => {
      const arn = objectArn(bucket, key);
      const request: JudgedAction = {
        action,
        // The access is in process, so it counts as encrypted transport.
        context: { 'aws:RequestedRegion': grant.region, 'aws:SecureTransport': 'true', ...values },
      };
      // An undeclared role has no policies, so it is denied everything with the usual message.
      const session = callerOfRole('', role ?? { ...undeclared(grant), arn: roleArn }, { name: jobId });
      const inBucket = policy === undefined ? undefined : parseBucketPolicy(policy, bucket);
      if (inBucket && judgeInBucket(inBucket, session, request)(arn) === 'explicitDeny') {
        return asRole(createBucketJudge(session, request, inBucket)(arn));
      }
      if (isAllowed(job, action, { bucket, key })) return { isAllowed: true };
      if (!role && !isStrict) return { isAllowed: true };
      const judge = role && inBucket ? createBucketJudge(session, request, inBucket) : createJudge(session, request);
      const decision = asRole(judge(arn));
      if (decision.isAllowed) return decision;
      const why = role ? '' : '; the role is not among the declared roles (--roles), and strict roles are on';
      return { ...decision, message: `${decision.message}${why}` };
    };
  };
}

function undeclared({ account, roleArn }: JobGrant): Omit<Role, 'trustedBy' | 'arn'> {
  return { account, name: roleNameOf(roleArn), policies: [] };
}
