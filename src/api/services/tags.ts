import { ServiceError } from '../../contract/errors.ts';
import type { Quotas } from '../../model/quotas.ts';

/** A tag, as the services spell it. */
interface Tag {
  Key: string;
  Value: string;
}

interface Limits {
  quotas: Quotas;
  /** What has the tags, such as `rule`. */
  what: string;
}

/** Checks tags and returns them as a map. */
export function checkTags(tags: Tag[], limits: Limits): Record<string, string> {
  refuseTooMany(tags.length, limits);
  const keys = tags.map(({ Key }) => Key);
  const system = keys.find((key) => /^aws:/i.test(key));
  if (system !== undefined) {
    throw new ServiceError('ValidationException', `The tag key '${system}' begins with aws:, which is reserved.`);
  }
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new ServiceError('ValidationException', `The tag key '${twice}' is used twice.`);
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** Adds tags to those that are there; new values replace old ones. */
export function mergeTags(
  present: Record<string, string>,
  added: Record<string, string>,
  limits: Limits,
): Record<string, string> {
  const merged = { ...present, ...added };
  refuseTooMany(Object.keys(merged).length, limits);
  return merged;
}

function refuseTooMany(count: number, { quotas: { tagsPerResource }, what }: Limits): void {
  if (count <= tagsPerResource) return;
  throw new ServiceError('LimitExceededException', `A ${what} can have ${tagsPerResource} tags.`);
}

/** Returns tags as responses list them, by key. */
export function listTags(tags: Record<string, string>): Tag[] {
  return Object.entries(tags)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
}

/** Returns a tag in the form that conditions of policies are read from. */
export function asCondition({ Key, Value }: Tag): { key: string; value: string } {
  return { key: Key, value: Value };
}
