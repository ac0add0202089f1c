import type { Logger } from 'pino';
import type { Scope } from '../model/pipeline.ts';
import {
  eventsOfRefs,
  type Refs,
  refEventOf,
  repositoryRefsKind,
  type WatchedRepository,
  watchedRepositoriesKind,
} from '../model/sources/repository-refs.ts';
import type { Store } from '../store/store.ts';
import type { DueWorkHandler } from './due-work.ts';

/** How often declared repositories and rules are compared, and refs with those seen before. */
const intervalMs = 60 * 1000;

const longestPauseMs = 15 * 60 * 1000;
const leaseMs = 2 * 60 * 1000;

export interface RepositoryRefsParts {
  store: Pick<Store, 'eventRules' | 'resources' | 'watchedRepositories'>;
  /** Reports whether a valid pattern could select an event of which only `part` is known. */
  mayMatch(pattern: object, part: object): boolean;
  /** Lists branches and tags of a declared repository; rejects with a message for the user when it can't be read. */
  listRefs(scope: Scope, name: string, signal: AbortSignal): Promise<{ name: string; commit: string }[]>;
  log: Logger;
}

/** Creates the due work that finds the declared repositories that a rule's pattern may mean, and begins to watch them. */
export function createRepositorySearch({ store, mayMatch }: RepositoryRefsParts): DueWorkHandler {
  return {
    kind: watchedRepositoriesKind,
    atOnce: 1,
    leaseMs,
    longestPauseMs,
    retryMs: () => intervalMs,
    async run(_, at) {
      const scopes = await findWatchingScopes(store, mayMatch);
      for (const { scope, patterns } of scopes) {
        const repositories = await store.resources.ofKind(scope, 'Repository');
        const names = repositories.map(({ name }) => name);
        const wanted = names.filter((name) => patterns.some((pattern) => mayMatch(pattern, refEventOf(scope, name))));
        await store.watchedRepositories.watch(scope, wanted, at);
      }
      // A change of the rules asks for it again.
      return scopes.length === 0 ? {} : { nextAt: at + intervalMs };
    },
  };
}

async function findWatchingScopes(
  { eventRules }: RepositoryRefsParts['store'],
  mayMatch: RepositoryRefsParts['mayMatch'],
): Promise<{ scope: Scope; patterns: object[] }[]> {
  const found = new Map<string, { scope: Scope; patterns: object[] }>();
  for (const { account, region, eventPattern } of await eventRules.listPatterns()) {
    const pattern = JSON.parse(eventPattern) as object;
    const { source, 'detail-type': type } = refEventOf({ account, region }, '');
    if (!mayMatch(pattern, { source, 'detail-type': type })) continue;
    const key = `${account}/${region}`;
    const entry = found.get(key) ?? { scope: { account, region }, patterns: [] };
    entry.patterns.push(pattern);
    found.set(key, entry);
  }
  return [...found.values()];
}

/** Creates the due work that announces the changed refs of a watched repository. Its first check only notes them. */
export function createRepositoryRefs(parts: RepositoryRefsParts): DueWorkHandler {
  const { store, listRefs, log } = parts;
  return {
    kind: repositoryRefsKind,
    atOnce: 10,
    leaseMs,
    longestPauseMs,
    retryMs,
    async run({ key, attempts }, at, signal) {
      const repository = await store.watchedRepositories.find(key);
      if (!repository) return {};
      const { account, region, name, refs: from } = repository;
      if (!(await isWanted(parts, repository))) {
        await store.watchedRepositories.unwatch(repository);
        return {};
      }
      let to: Refs;
      try {
        const found = await listRefs({ account, region }, name, signal);
        to = Object.fromEntries(found.map((ref) => [ref.name, ref.commit]));
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        if (attempts === 1)
          log.warn({ repository: name, region, reason }, 'a repository that rules name cannot be read');
        return { nextAt: at + retryMs(attempts), isFailed: true };
      }
      const announcements = from ? eventsOfRefs(repository, { from, to, at }) : [];
      if (!from || announcements.length > 0) await store.watchedRepositories.record(repository, { to, announcements });
      return { nextAt: at + intervalMs };
    },
  };
}

/** Returns the pause after the given number of failed attempts. */
function retryMs(attempts: number): number {
  return Math.min(longestPauseMs, intervalMs * 2 ** Math.min(attempts - 1, 10));
}

async function isWanted({ store, mayMatch }: RepositoryRefsParts, repository: WatchedRepository): Promise<boolean> {
  const { account, region, name } = repository;
  if (!(await store.resources.find({ account, region }, 'Repository', name))) return false;
  const part = refEventOf(repository, name);
  return (await store.eventRules.listPatterns()).some(
    (pattern) =>
      pattern.account === account &&
      pattern.region === region &&
      mayMatch(JSON.parse(pattern.eventPattern) as object, part),
  );
}
