import { type ErrorCode, ServiceError } from '../../../contract/errors.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Dependencies } from '../../dependencies.ts';

/** How a call names a group: by its name, or by its name or ARN. */
export interface NamedGroup {
  logGroupName?: string;
  logGroupIdentifier?: string;
}

export function groupArn({ region, account }: Scope, group: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${group}`;
}

/** Returns the name of the group of a call. Throws InvalidParameterException unless there is exactly one. */
export function groupOf({ logGroupName, logGroupIdentifier }: NamedGroup, scope: Scope): string {
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw invalidParameter('Specify either logGroupName or logGroupIdentifier.');
  }
  const prefix = groupArn(scope, '');
  const name = logGroupName ?? logGroupIdentifier ?? '';
  if (name.startsWith('arn:') && !name.startsWith(prefix)) {
    throw invalidParameter('logGroupIdentifier is the ARN of another account or Region, or of no log group.');
  }
  return name.startsWith(prefix) ? name.slice(prefix.length).replace(/:\*$/, '') : name;
}

/** What policies must allow an operation on: the group, or the names that a call gives instead. */
export function touchedGroup(input: NamedGroup, scope: Scope): { arn: string } {
  const { logGroupName, logGroupIdentifier = '' } = input;
  const isArn = logGroupName === undefined && logGroupIdentifier.startsWith('arn:');
  return {
    arn: `${isArn ? logGroupIdentifier.replace(/:\*$/, '') : groupArn(scope, logGroupName ?? logGroupIdentifier)}:*`,
  };
}

/** Throws ResourceNotFoundException unless there is the group. */
export async function requireGroup(group: string, scope: Scope, { store }: Dependencies): Promise<void> {
  const [found] = await store.logs.groups(scope, { prefix: group, after: '', limit: 1 });
  if (found?.name !== group) throw notFound('group');
}

export function notFound(what: 'group' | 'stream'): ServiceError {
  return serviceError('ResourceNotFoundException', `The specified log ${what} does not exist.`);
}

export function invalidParameter(message: string): ServiceError {
  return serviceError('InvalidParameterException', message);
}

function serviceError(code: ErrorCode, message: string): ServiceError {
  return new ServiceError(code, message);
}
