import { arnParts } from '../policies/glob.ts';
import { parsePolicies } from '../policies/managed-policies.ts';
import type { Policy } from '../policies/policy.ts';
import { checkEffort } from '../policies/policy-effort.ts';
import { findDuplicateMember, PolicyError, readObject, readTexts } from '../policies/policy-json.ts';

/** A declared role that callers can assume. */
export interface Role {
  account: string;
  name: string;
  /** `arn:aws:iam::<account>:role/<name>`. */
  arn: string;
  policies: Policy[];
  /** ARN patterns of the callers that may assume it. If empty, callers in its account whose policies allow it. */
  trustedBy: string[];
}

const rolePattern = /^[\w+=,.@-]{1,64}$/;

/**
 * Parses the text of a roles file: a JSON list of `{ name, account?, policies, trustedBy? }`. `policies` are JSON
 * documents or names of managed policies. Throws `PolicyError`, whose message begins with the location of the fault:
 * `[0].policies[1].Statement[0].Action`.
 */
export function parseRoles(text: string, defaultAccount: string): Role[] {
  const list = parseList(text);
  const roles = list.map((declaration, index) => readRole(declaration, `[${index}]`, defaultAccount));
  roles.forEach(({ arn }, index) => {
    const first = roles.findIndex((role) => role.arn === arn);
    if (first !== index) throw new PolicyError(`[${index}]`, `the role ${arn} is declared twice`);
  });
  return roles;
}

function parseList(text: string): unknown[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new PolicyError('', 'the roles are not valid JSON');
  }
  if (!Array.isArray(list)) throw new PolicyError('', 'the roles must be a JSON list');
  const duplicate = findDuplicateMember(text);
  if (duplicate !== undefined) throw new PolicyError('', `'${duplicate}' occurs twice in the same object`);
  return list;
}

function readRole(value: unknown, place: string, defaultAccount: string): Role {
  const declaration = readObject(value, place, ['name', 'account', 'policies', 'trustedBy']);
  const { name, account = defaultAccount, policies, trustedBy = [] } = declaration;
  if (typeof name !== 'string' || !rolePattern.test(name)) {
    throw new PolicyError(`${place}.name`, `must satisfy the pattern ${rolePattern.source}`);
  }
  if (typeof account !== 'string' || !/^\d{12}$/.test(account)) {
    throw new PolicyError(`${place}.account`, 'must be a string of twelve digits');
  }
  if (!Array.isArray(policies)) throw new PolicyError(`${place}.policies`, 'must be a JSON list');
  if (!Array.isArray(trustedBy)) throw new PolicyError(`${place}.trustedBy`, 'must be a JSON list');
  const parsed = parsePolicies(policies, `${place}.policies`);
  checkEffort(parsed, `${place}.policies`);
  return {
    account,
    name,
    arn: `arn:aws:iam::${account}:role/${name}`,
    policies: parsed,
    trustedBy: trustedBy.length === 0 ? [] : readTexts(trustedBy, `${place}.trustedBy`, checkPrincipal),
  };
}

function checkPrincipal(pattern: string, place: string): void {
  if (pattern.startsWith('arn:') && arnParts(pattern).length === 6) return;
  throw new PolicyError(place, `invalid ARN '${pattern}': expected one such as arn:aws:iam::111122223333:user/ci`);
}
