import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { policyWarnings } from '../api/millrace/policy-warnings.ts';
import type { Config } from '../config/config.ts';
import { parseRoles, type Role } from '../identity/roles/role-declaration.ts';

/** Reads the roles that STS AssumeRole can give from the file of the settings. */
export async function readRoles({ roles: file }: Config, account: string, log: Logger): Promise<Role[]> {
  if (file === undefined) return [];
  try {
    const roles = parseRoles(await readFile(file, 'utf8'), account);
    for (const { arn, policies } of roles) {
      for (const warning of policyWarnings(policies)) log.warn({ role: arn }, warning);
    }
    return roles;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The roles in ${file} cannot be used: ${reason}`, { cause: error });
  }
}
