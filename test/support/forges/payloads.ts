import { readFileSync } from 'node:fs';
import type { RepositoryEvent } from '../../../src/model/sources/repository-event.ts';

/** An event as a forge sends it, made by hand from its documentation, and what it says. */
export interface ForgePayload {
  title: string;
  headers: Record<string, string>;
  body: unknown;
  /** Without the reason, if it starts nothing. */
  content: Partial<RepositoryEvent['content']>;
}

/** The name of each dialect, by the name of its file. */
export const forgeNames = {
  github: 'GitHub',
  gitlab: 'GitLab',
  gitea: 'Gitea',
  forgejo: 'Forgejo',
  'bitbucket-cloud': 'Bitbucket Cloud',
  'bitbucket-data-center': 'Bitbucket Data Center',
} as const;

export type ForgeFile = keyof typeof forgeNames;

/** Returns the events of a forge. */
export function payloadsOf(forge: ForgeFile): ForgePayload[] {
  const text = readFileSync(new URL(`./${forge}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as ForgePayload[];
}

/** Returns the event of a forge with a title. */
export function payloadOf(forge: ForgeFile, title: string): ForgePayload {
  const found = payloadsOf(forge).find((payload) => payload.title === title);
  if (!found) throw new Error(`${forge}.json has no event '${title}'`);
  return found;
}
