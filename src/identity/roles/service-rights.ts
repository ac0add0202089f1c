import { ServiceError } from '../../contract/errors.ts';
import { callerOfRole } from '../caller.ts';
import { createJudge } from '../policies/authorize.ts';
import { type JobGrant, roleNameOf } from '../secrets/job-credentials.ts';
import type { Role } from './role-declaration.ts';

/** Throws AccessDeniedException if the role of a job may not perform an action of a service on a resource. */
export type RequireRight = (
  grant: Pick<JobGrant, 'account' | 'region' | 'roleArn' | 'jobId'>,
  action: string,
  resource: string,
) => void;

/**
 * Returns how the rights of jobs' roles in other services than S3 are checked: by the policies of declared roles. An
 * undeclared role may everything or, with `isStrict`, nothing.
 */
export function createServiceRights({ roles, isStrict }: { roles: readonly Role[]; isStrict: boolean }): RequireRight {
  const byArn = new Map(roles.map((role) => [role.arn, role]));
  return ({ account, region, roleArn, jobId }, action, resource) => {
    const role = byArn.get(roleArn);
    if (!role && !isStrict) return;
    const session = callerOfRole('', role ?? { account, name: roleNameOf(roleArn), arn: roleArn, policies: [] }, {
      name: jobId,
    });
    const decision = createJudge(session, { action, context: { 'aws:RequestedRegion': region } })(resource);
    if (decision.isAllowed) return;
    const why = role ? '' : '; the role is not among the declared roles (--roles), and strict roles are on';
    throw new ServiceError('AccessDeniedException', `${decision.message}${why}`);
  };
}
