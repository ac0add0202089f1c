import { mostChanges, type RefChange, type RepositoryEvent } from '../../model/sources/repository-event.ts';

/** The longest text of an event that is kept. */
const maxCharacters = 1000;

/** Returns the member of nested objects; undefined if one of them is missing. */
export function memberOf(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** Returns a text or number of nested objects as a text without control characters; undefined if there is none. */
export function textOf(value: unknown, ...path: string[]): string | undefined {
  const found = memberOf(value, ...path);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found !== '' ? cleanText(found) : undefined;
}

/** Shortens a text of a stranger, and removes what a terminal or a database would not take. */
export function cleanText(text: string): string {
  return text.slice(0, maxCharacters).replace(/\p{Cc}/gu, ' ');
}

/** Returns the items of a list. */
export function itemsOf(value: unknown, ...path: string[]): unknown[] {
  const found = memberOf(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Returns the texts that are there. */
export function presentTexts(...texts: (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined);
}

const commitId = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Returns the change of a ref; zeros and other texts than ids of commits stand for a ref that is not there. */
export function changeOf(ref: string, before: string | undefined, after: string | undefined): RefChange {
  return { ref, ...commitMember('before', before), ...commitMember('after', after) };
}

function commitMember(name: 'before' | 'after', text: string | undefined): Partial<RefChange> {
  const isCommit = text !== undefined && commitId.test(text) && !/^0+$/.test(text);
  return isCommit ? { [name]: text } : {};
}

/** Returns the content of a push with these refs; `read` returns undefined for one without a name. */
export function pushOf(items: unknown[], read: (item: unknown) => RefChange | undefined): RepositoryEvent['content'] {
  // Only the first ones: there may be very many, which takes long.
  const changes = items.slice(0, mostChanges).flatMap((item) => read(item) ?? []);
  if (changes.length === 0) return other('The push names no ref.');
  return { kind: 'push', changes, count: items.length };
}

/** Returns the content of an event that starts nothing. */
export function other(reason: string): RepositoryEvent['content'] {
  return { kind: 'other', reason };
}

/** The content of a pull request from a fork, at every forge. */
export const fromFork = other(
  'The pull request comes from another repository, such as a fork. Its code is not run, because people without write access can open such pull requests.',
);

/** The content of a pull request that lacks what a start needs. */
export const incompletePullRequest = other('The pull request has no number, branches or head.');
