import type { Resource } from '../model/resource.ts';
import type { KindDescription } from './resource-kind.ts';

/** A member that differs; a secret is not shown. */
export interface Difference {
  member: string;
  /** Absent if the member is new. */
  before?: string;
  /** Absent if the member goes. */
  after?: string;
}

/** What is shown instead of a secret. */
export const hiddenSecret = '(secret)';

/** Returns the members that differ between two documents with their secrets open, in the order of the kind's table. */
export function compareDocuments(
  { members }: KindDescription,
  before: Resource['document'],
  after: Resource['document'],
): Difference[] {
  return Object.entries(members).flatMap(([member, { isSecret }]) => {
    const [old, next] = [before[member], after[member]];
    if (JSON.stringify(old) === JSON.stringify(next)) return [];
    const show = (value: unknown) =>
      isSecret ? hiddenSecret : typeof value === 'string' ? value : JSON.stringify(value);
    return {
      member,
      ...(old !== undefined && { before: show(old) }),
      ...(next !== undefined && { after: show(next) }),
    };
  });
}
