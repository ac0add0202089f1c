import type { Caller } from '../caller.ts';
import { isObject } from './policy-json.ts';

/** The principals of a statement in a bucket policy. */
export interface BucketPrincipal {
  isEveryone: boolean;
  /** Account ids. */
  accounts: string[];
  /** ARNs of users, roles and sessions of roles. */
  arns: string[];
}

const accountPattern = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/;
const arnPattern =
  /^arn:aws:(?:iam::[^:*?]+:(?:user|role)\/[^*?]+|sts::\d{12}:(?:assumed-role|federated-user)\/[^*?]+)$/;
const kinds = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

/**
 * Reads `Principal`; undefined if S3 would reject it. Services and identity providers are accepted but match no caller.
 */
export function readPrincipal(value: unknown): BucketPrincipal | undefined {
  if (value === '*') return { isEveryone: true, accounts: [], arns: [] };
  if (!isObject(value)) return undefined;
  const members = Object.entries(value).map(([kind, names]) => ({
    kind,
    names: Array.isArray(names) ? names : [names],
  }));
  const names = members.flatMap((member) => member.names as unknown[]);
  if (names.length === 0 || !names.every((name): name is string => typeof name === 'string' && name !== ''))
    return undefined;
  if (members.some(({ kind }) => !kinds.includes(kind))) return undefined;
  const of = (kind: string) => members.flatMap((member) => (member.kind === kind ? (member.names as string[]) : []));
  const aws = of('AWS');
  const isKnown = (name: string) => name === '*' || accountPattern.test(name) || arnPattern.test(name);
  if (!aws.every(isKnown)) return undefined;
  return {
    isEveryone: aws.includes('*'),
    // The canonical id of an account is its account number here.
    accounts: [...aws, ...of('CanonicalUser')].flatMap((name) => accountPattern.exec(name)?.[1] ?? []),
    arns: aws.filter((name) => arnPattern.test(name)),
  };
}

/** Reports whether a principal names the caller itself or only its account. */
export function matchPrincipal(
  { isEveryone, accounts, arns }: BucketPrincipal,
  caller: Caller,
): 'caller' | 'account' | undefined {
  if (isEveryone || arns.some((arn) => isCaller(arn, caller))) return 'caller';
  return accounts.includes(caller.account) ? 'account' : undefined;
}

function isCaller(arn: string, caller: Caller): boolean {
  if (arn === caller.arn) return true;
  if (caller.kind === 'role') return arn === caller.roleArn;
  if (caller.kind !== 'job') return false;
  // A job's token has only the last part of its role's name.
  const [, session] = /:assumed-role\/([^/]+)\//.exec(caller.arn) ?? [];
  return arn.startsWith(`arn:aws:iam::${caller.account}:role/`) && arn.slice(arn.lastIndexOf('/') + 1) === session;
}
