import type { Scope } from '../pipeline.ts';
import type { Announcement } from '../stored-event.ts';

/** The kind of due work that finds the repositories whose refs rules want to hear of. */
export const watchedRepositoriesKind = 'watched-repositories';

/** The kind of due work that compares the refs of one of them with those seen before. */
export const repositoryRefsKind = 'repository-refs';

/** Commits by the full names of branches and tags. */
export type Refs = Record<string, string>;

/** A repository of which a rule wants to hear. */
export interface WatchedRepository extends Scope {
  name: string;
  /** Undefined until they were read once. */
  refs?: Refs;
}

/** Returns the ARN by which events and rules name a repository. */
function repositoryArn({ account, region }: Scope, name: string): string {
  return `arn:aws:codecommit:${region}:${account}:${name}`;
}

/** Returns the members that all events about the refs of a repository share. */
export function refEventOf(scope: Scope, name: string) {
  return {
    source: 'aws.codecommit',
    'detail-type': 'CodeCommit Repository State Change',
    resources: [repositoryArn(scope, name)],
    detail: { repositoryName: name, repositoryId: name },
  };
}

/** Returns the events about branches and tags that were created, changed or deleted, by their names. */
export function eventsOfRefs(
  repository: Scope & { name: string },
  change: { from: Refs; to: Refs; at: number },
): Announcement[] {
  const { account, region, name } = repository;
  const { from, to, at } = change;
  const named = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...named].sort().flatMap((ref) => {
    const [, prefix, referenceName = ''] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
    const before = Object.hasOwn(from, ref) ? from[ref] : undefined;
    const after = Object.hasOwn(to, ref) ? to[ref] : undefined;
    if (prefix === undefined || before === after) return [];
    const shared = refEventOf(repository, name);
    const event =
      before === undefined ? 'referenceCreated' : after === undefined ? 'referenceDeleted' : 'referenceUpdated';
    return {
      ...shared,
      account,
      region,
      at,
      detail: {
        ...shared.detail,
        event,
        referenceType: prefix === 'heads' ? 'branch' : 'tag',
        referenceName,
        referenceFullName: ref,
        ...(after !== undefined && { commitId: after }),
        ...(before !== undefined && { oldCommitId: before }),
      },
    };
  });
}
