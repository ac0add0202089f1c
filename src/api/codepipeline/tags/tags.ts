import { ServiceError } from '../../../contract/errors.ts';
import type { Tag } from '../../../contract/generated.ts';
import type { Quotas } from '../../../model/quotas.ts';

/** The tags of a create call as a map, checked as TagResource checks them (behaviour B.1). */
export function checkTags(tags: Tag[] | undefined, resourceArn: string, quotas: Quotas): Record<string, string> {
  const list = tags ?? [];
  refuseTooMany(list.length, resourceArn, quotas);
  const keys = list.map(({ key }) => key);
  refuseSystemTags(keys);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined)
    throw new ServiceError('InvalidTagsException', `The tag key '${twice}' is used more than once.`);
  return Object.fromEntries(list.map(({ key, value }) => [key, value]));
}

/** The tags a resource has after `added` were put over them; together they must keep the quota. */
export function mergeTags(
  present: Record<string, string>,
  added: Record<string, string>,
  resourceArn: string,
  quotas: Quotas,
): Record<string, string> {
  const merged = { ...present, ...added };
  refuseTooMany(Object.keys(merged).length, resourceArn, quotas);
  return merged;
}

/** Throws InvalidTagsException when a key is one of AWS's own. */
export function refuseSystemTags(keys: string[]): void {
  if (!keys.some((key) => key.toLowerCase().startsWith('aws:'))) return;
  throw new ServiceError(
    'InvalidTagsException',
    "Not allowed to modify system tags. System tags start with 'aws:'. msg=[Caller is an end user and not allowed to mutate system tags]",
  );
}

function refuseTooMany(count: number, resourceArn: string, quotas: Quotas): void {
  if (count <= quotas.tagsPerResource) return;
  throw new ServiceError('TooManyTagsException', `Tag limit exceeded for resource [${resourceArn}].`);
}

/** Tags as the API lists them, by key. */
export function listTags(tags: Record<string, string>): Tag[] {
  return Object.entries(tags)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
}
