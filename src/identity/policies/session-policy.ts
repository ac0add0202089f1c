import type { JobGrant, ObjectName } from '../secrets/job-credentials.ts';
import { objectArn, readActions, writeActions } from './authorize.ts';

/** The longest session policy that STS accepts, in characters. */
const maxPolicyChars = 2048;

/**
 * Returns a session policy that limits a role to the objects of a job, as our own job credentials do. It cannot express
 * that writing ends with the job, or which version of an input is read. Throws if STS would reject the policy, since
 * without one the session could do everything the role may.
 */
export function sessionPolicyOf({ read, write }: Pick<JobGrant, 'read' | 'write'>): string {
  const statements = [
    { Effect: 'Allow', Action: [...readActions], Resource: read.map(arnOf) },
    { Effect: 'Allow', Action: [...readActions, ...writeActions], Resource: write.map(arnOf) },
  ].filter(({ Resource }) => Resource.length > 0);
  // Some implementations reject a policy without statements, others ignore it.
  const Statement = statements.length > 0 ? statements : [{ Effect: 'Deny', Action: ['s3:*'], Resource: ['*'] }];
  const policy = JSON.stringify({ Version: '2012-10-17', Statement });
  if (policy.length <= maxPolicyChars) return policy;
  throw new Error(`The job has more artifacts than a session policy of ${maxPolicyChars} characters can name.`);
}

function arnOf({ bucket, key, isPrefix }: ObjectName): string {
  if (/[*?$]/.test(key)) throw new Error(`The key ${key} would be a pattern in a session policy.`);
  return objectArn(bucket, isPrefix ? `${key}*` : key);
}
