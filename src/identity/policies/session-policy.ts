import type { JobGrant, ObjectName } from '../secrets/job-credentials.ts';
import { objectArn, readActions, writeActions } from './authorize.ts';

/** What STS takes as a session policy at most, in characters. */
const maxPolicyChars = 2048;

/**
 * The session policy that grants a role the objects that our own credentials of a job would. It cannot say two things
 * that ours do: that writing ends with the job, and which version of an input is read. Throws when STS would not take
 * it: a policy that is left out would open everything the role may do.
 */
export function sessionPolicyOf({ read, write }: Pick<JobGrant, 'read' | 'write'>): string {
  const statements = [
    { Effect: 'Allow', Action: [...readActions], Resource: read.map(arnOf) },
    { Effect: 'Allow', Action: [...readActions, ...writeActions], Resource: write.map(arnOf) },
  ].filter(({ Resource }) => Resource.length > 0);
  // A policy without a statement is refused by some, and taken for none by others.
  const Statement = statements.length > 0 ? statements : [{ Effect: 'Deny', Action: ['s3:*'], Resource: ['*'] }];
  const policy = JSON.stringify({ Version: '2012-10-17', Statement });
  if (policy.length <= maxPolicyChars) return policy;
  throw new Error(`The job has more artifacts than a session policy of ${maxPolicyChars} characters can name.`);
}

function arnOf({ bucket, key }: ObjectName): string {
  if (/[*?$]/.test(key)) throw new Error(`The key ${key} would be a pattern in a session policy.`);
  return objectArn(bucket, key);
}
