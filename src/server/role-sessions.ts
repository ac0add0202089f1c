import type { Config } from '../config/config.ts';
import type { Role } from '../identity/roles/role-declaration.ts';
import { createRoles, type Roles } from '../identity/roles/roles.ts';
import { createServiceSessions, type ServiceSessions } from '../identity/roles/service-sessions.ts';
import type { MasterKeys } from '../identity/secrets/master-key.ts';

/** The declared roles, and the sessions of roles that callers assume or services begin. */
export interface RoleSessions {
  roles: Roles;
  /** Those of services. */
  services: Pick<ServiceSessions, 'begin' | 'callerOf'>;
  openSessionToken: Roles['openSessionToken'];
}

export function createRoleSessions(
  { strictRoles }: Pick<Config, 'strictRoles'>,
  { declaredRoles, ...keys }: { declaredRoles: Role[]; masterKeys: MasterKeys; now: () => number },
): RoleSessions {
  const roles = createRoles({ roles: declaredRoles, ...keys });
  const services = createServiceSessions({ roles: declaredRoles, isStrict: strictRoles === 'on', ...keys });
  return {
    roles,
    services,
    openSessionToken: (...given) => roles.openSessionToken(...given) ?? services.openSessionToken(...given),
  };
}
