import type { RepositoryEvent } from '../../model/sources/repository-event.ts';
import { type Forge, headerOf, readPrefixedDigest } from './forge.ts';
import {
  changeOf,
  fromFork,
  incompletePullRequest,
  itemsOf,
  memberOf,
  other,
  presentTexts,
  pushOf,
  textOf,
} from './read-members.ts';

/** What its button "Test connection" sends, which is not signed. */
export const connectionTest = 'diagnostics:ping';

/** Bitbucket Data Center, and Bitbucket Server before it. */
export const bitbucketDataCenter: Forge = {
  name: 'Bitbucket Data Center',
  matches: (headers) => headerOf(headers, 'x-event-key') !== undefined,
  eventOf: (headers) => headerOf(headers, 'x-event-key') ?? '',
  deliveryIdOf: (headers) => headerOf(headers, 'x-request-id'),
  proofOf: (headers) => readPrefixedDigest(headerOf(headers, 'x-hub-signature')),
  read(event, payload) {
    const repository =
      memberOf(payload, 'repository') ?? memberOf(payload, 'pullRequest', 'toRef', 'repository') ?? undefined;
    const [project, slug] = [textOf(repository, 'project', 'key'), textOf(repository, 'slug')];
    return {
      // A test is about no repository.
      ...(event !== connectionTest && {
        repository: {
          names: project === undefined || slug === undefined ? [] : [`${project}/${slug}`],
          urls: presentTexts(
            ...itemsOf(repository, 'links', 'clone')
              .slice(0, 10)
              .map((link) => textOf(link, 'href')),
          ),
        },
      }),
      actor: textOf(payload, 'actor', 'name'),
      content: contentOf(event, payload),
    };
  },
};

function contentOf(event: string, payload: unknown): RepositoryEvent['content'] {
  switch (event) {
    case connectionTest:
      return { kind: 'ping' };
    case 'repo:refs_changed':
      return pushOf(itemsOf(payload, 'changes'), readChange);
    case 'pr:opened':
      return readPullRequest(payload, 'OPEN');
    case 'pr:from_ref_updated':
      return readPullRequest(payload, 'UPDATED');
    case 'pr:merged':
      return readPullRequest(payload, 'CLOSED');
    default:
      return other(`Events of the kind ${event} start nothing.`);
  }
}

function readChange(change: unknown) {
  const ref = textOf(change, 'ref', 'id') ?? textOf(change, 'refId');
  return ref === undefined ? undefined : changeOf(ref, textOf(change, 'fromHash'), textOf(change, 'toHash'));
}

function readPullRequest(payload: unknown, event: 'OPEN' | 'UPDATED' | 'CLOSED'): RepositoryEvent['content'] {
  const request = memberOf(payload, 'pullRequest');
  const [source, destination] = ['fromRef', 'toRef'].map((side) => textOf(request, side, 'repository', 'id'));
  if (source === undefined || source !== destination) return fromFork;
  const id = textOf(request, 'id');
  const sourceBranch = textOf(request, 'fromRef', 'displayId');
  const destinationBranch = textOf(request, 'toRef', 'displayId');
  const headCommit = textOf(request, 'fromRef', 'latestCommit');
  if (!id || !sourceBranch || !destinationBranch || !headCommit) return incompletePullRequest;
  const title = textOf(request, 'title') ?? '';
  const author = textOf(request, 'author', 'user', 'name');
  return {
    kind: 'pull request',
    pullRequest: { event, id, title, sourceBranch, destinationBranch, headCommit, author },
  };
}
