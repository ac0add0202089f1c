import { ServiceError } from '../../../contract/errors.ts';
import type { Tag } from '../../../contract/generated.ts';
import type { Quotas } from '../../../model/quotas.ts';

/**
 * Checks tags and returns them as a map. Calls that create a resource follow the rules of TagResource (behaviour B.1).
 */
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

/** Adds tags to those of a resource. Throws TooManyTagsException if all of them together exceed the quota. */
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

/** Throws InvalidTagsException if a key is reserved by AWS. */
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

/** Returns tags as responses list them, by key. */
export function listTags(tags: Record<string, string>): Tag[] {
  return Object.entries(tags)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
}
