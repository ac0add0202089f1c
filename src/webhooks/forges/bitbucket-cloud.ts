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

const eventPattern = /^(?:repo:push$|pullrequest:)/;

/** Bitbucket Cloud. Other kinds of events than these are read as those of Data Center, and start nothing. */
export const bitbucketCloud: Forge = {
  name: 'Bitbucket Cloud',
  matches: (headers) =>
    eventPattern.test(headerOf(headers, 'x-event-key') ?? '') || headerOf(headers, 'x-hook-uuid') !== undefined,
  eventOf: (headers) => headerOf(headers, 'x-event-key') ?? '',
  // Repeated attempts have the same id.
  deliveryIdOf: (headers) => headerOf(headers, 'x-request-uuid'),
  proofOf: (headers) => readPrefixedDigest(headerOf(headers, 'x-hub-signature')),
  read(event, payload) {
    return {
      repository: {
        names: presentTexts(textOf(payload, 'repository', 'full_name')),
        urls: presentTexts(textOf(payload, 'repository', 'links', 'html', 'href')),
      },
      actor: textOf(payload, 'actor', 'nickname') ?? textOf(payload, 'actor', 'display_name'),
      content: contentOf(event, payload),
    };
  },
};

function contentOf(event: string, payload: unknown): RepositoryEvent['content'] {
  if (event === 'repo:push') return pushOf(itemsOf(payload, 'push', 'changes'), readChange);
  switch (event) {
    case 'pullrequest:created':
      return readPullRequest(payload, 'OPEN');
    case 'pullrequest:updated':
      return readPullRequest(payload, 'UPDATED');
    case 'pullrequest:fulfilled':
      return readPullRequest(payload, 'CLOSED');
    default:
      return other(`Events of the kind ${event} start nothing.`);
  }
}

/** `old` is null for a new ref, and `new` for one that was deleted. */
function readChange(change: unknown) {
  const [before, after] = [memberOf(change, 'old'), memberOf(change, 'new')];
  const name = textOf(after, 'name') ?? textOf(before, 'name');
  if (name === undefined) return undefined;
  const type = textOf(after, 'type') ?? textOf(before, 'type');
  const folder = type === 'tag' || type === 'annotated_tag' ? 'tags' : 'heads';
  return changeOf(`refs/${folder}/${name}`, textOf(before, 'target', 'hash'), textOf(after, 'target', 'hash'));
}

function readPullRequest(payload: unknown, event: 'OPEN' | 'UPDATED' | 'CLOSED'): RepositoryEvent['content'] {
  const request = memberOf(payload, 'pullrequest');
  const [source, destination] = ['source', 'destination'].map((side) =>
    textOf(request, side, 'repository', 'full_name'),
  );
  if (source === undefined || source !== destination) return fromFork;
  const id = textOf(request, 'id');
  const sourceBranch = textOf(request, 'source', 'branch', 'name');
  const destinationBranch = textOf(request, 'destination', 'branch', 'name');
  const headCommit = textOf(request, 'source', 'commit', 'hash');
  if (!id || !sourceBranch || !destinationBranch || !headCommit) return incompletePullRequest;
  const title = textOf(request, 'title') ?? '';
  const author = textOf(request, 'author', 'nickname') ?? textOf(request, 'author', 'display_name');
  return {
    kind: 'pull request',
    pullRequest: { event, id, title, sourceBranch, destinationBranch, headCommit, author },
    // The event of an edited title is the same, and has no earlier head.
    ...(event === 'UPDATED' && { isMoveUnknown: true }),
  };
}
