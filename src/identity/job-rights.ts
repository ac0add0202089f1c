import type { AccessDecision } from './authorize.ts';
import { authorize, isAllowed, objectArn } from './authorize.ts';
import { callerOfJob, callerOfRole } from './caller.ts';
import { type JobGrant, roleNameOf } from './job-credentials.ts';
import type { Role } from './role-declaration.ts';

/** What the server is about to do for a job: IAM's name of the action, and the bucket or object it touches. */
export interface JobAccess {
  action: string;
  bucket: string;
  key?: string;
}

/** Decides what the server may do with objects in the name of one job. */
export type JudgeJob = (access: JobAccess) => AccessDecision;

/**
 * Returns a judge for a job: its own artifacts go by its grant, everything else by the policies of its role as they are
 * declared now. A role that is not declared is denied everything with `isStrict`, and nothing otherwise.
 */
export function createJobRights(options: { roles: readonly Role[]; isStrict: boolean }): (grant: JobGrant) => JudgeJob {
  const { roles, isStrict } = options;
  const byArn = new Map(roles.map((role) => [role.arn, role]));
  return (grant) => {
    const { roleArn, jobId } = grant;
    const job = callerOfJob('', { ...grant, roleName: roleNameOf(roleArn) });
    const role = byArn.get(roleArn);
    return ({ action, bucket, key }) => {
      if (isAllowed(job, action, { bucket, key })) return { isAllowed: true };
      if (!role && !isStrict) return { isAllowed: true };
      const resources = [objectArn(bucket, key)];
      // Without policies everything is denied, in the same words.
      const session = callerOfRole('', role ?? { ...undeclared(grant), arn: roleArn }, { name: jobId });
      const decision = authorize(session, { action, resources });
      if (decision.isAllowed) return decision;
      const why = role ? '' : '; the role is not among the declared roles (--roles), and strict roles are on';
      return { ...decision, message: `${decision.message.replace(`User: ${session.arn}`, `Role: ${roleArn}`)}${why}` };
    };
  };
}

function undeclared({ account, roleArn }: JobGrant): Omit<Role, 'trustedBy' | 'arn'> {
  return { account, name: roleNameOf(roleArn), policies: [] };
}
