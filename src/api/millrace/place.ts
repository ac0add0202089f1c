import { ServiceError } from '../../contract/errors.ts';
import type { AdminInput } from './operation.ts';

/** The place of a row that a `nextToken` of our own API stands for; 0, before every row, without one. */
export function readPlace(token: AdminInput[string]): number {
  if (token === undefined) return 0;
  if (/^\d{1,15}$/.test(String(token))) return Number(token);
  throw new ServiceError('ValidationException', `There was no nextToken '${token}'.`);
}
