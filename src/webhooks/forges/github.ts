import type { RepositoryEvent } from '../../model/sources/repository-event.ts';
import { type Forge, headerOf, readPrefixedDigest } from './forge.ts';
import { changeOf, fromFork, incompletePullRequest, other, presentTexts, pushOf, textOf } from './read-members.ts';

/**
 * GitHub and GitHub Enterprise Server. Servers that send only the signature with SHA-1 are from before 2020. If that with SHA-256
 * is wrong, the other one does not count.
 */
export const github: Forge = {
  name: 'GitHub',
  matches: (headers) => headerOf(headers, 'x-github-event') !== undefined,
  eventOf: (headers) => headerOf(headers, 'x-github-event') ?? '',
  deliveryIdOf: (headers) => headerOf(headers, 'x-github-delivery'),
  proofOf: (headers) =>
    readPrefixedDigest(headerOf(headers, 'x-hub-signature-256') ?? headerOf(headers, 'x-hub-signature')),
  read(event, payload) {
    return {
      repository: {
        names: presentTexts(textOf(payload, 'repository', 'full_name')),
        urls: presentTexts(
          textOf(payload, 'repository', 'clone_url'),
          textOf(payload, 'repository', 'ssh_url'),
          textOf(payload, 'repository', 'html_url'),
        ),
      },
      actor: textOf(payload, 'sender', 'login'),
      content: contentOf(event, payload),
    };
  },
};

function contentOf(event: string, payload: unknown): RepositoryEvent['content'] {
  if (event === 'ping') return { kind: 'ping' };
  if (event === 'push') return readPush(payload);
  if (event === 'pull_request') return readPullRequest(payload);
  return other(`Events of the kind ${event} start nothing: only pushes and pull requests do.`);
}

/** Reads a push of GitHub; the other forges with one ref in an event have the same form. */
export function readPush(payload: unknown): RepositoryEvent['content'] {
  return pushOf([payload], (push) => {
    const ref = textOf(push, 'ref');
    return ref === undefined ? undefined : changeOf(ref, textOf(push, 'before'), textOf(push, 'after'));
  });
}

const actions: Record<string, 'OPEN' | 'UPDATED' | 'CLOSED'> = {
  opened: 'OPEN',
  reopened: 'OPEN',
  // GitHub says `synchronize`, Gitea and Forgejo `synchronized`.
  synchronize: 'UPDATED',
  synchronized: 'UPDATED',
  closed: 'CLOSED',
};

/** Reads an event of a pull request of GitHub; Gitea and Forgejo have the same form. */
export function readPullRequest(payload: unknown): RepositoryEvent['content'] {
  const action = textOf(payload, 'action') ?? '';
  const event = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (!event) return other(`The action '${action}' of a pull request starts nothing.`);
  const [headRepository, baseRepository] = ['head', 'base'].map((side) =>
    textOf(payload, 'pull_request', side, 'repo', 'full_name'),
  );
  // The repository of the head is missing if it was deleted.
  if (headRepository === undefined || headRepository !== baseRepository) return fromFork;
  const id = textOf(payload, 'number') ?? textOf(payload, 'pull_request', 'number');
  const sourceBranch = textOf(payload, 'pull_request', 'head', 'ref');
  const destinationBranch = textOf(payload, 'pull_request', 'base', 'ref');
  const headCommit = textOf(payload, 'pull_request', 'head', 'sha');
  if (!id || !sourceBranch || !destinationBranch || !headCommit) return incompletePullRequest;
  const title = textOf(payload, 'pull_request', 'title') ?? '';
  const author = textOf(payload, 'pull_request', 'user', 'login');
  return {
    kind: 'pull request',
    pullRequest: { event, id, title, sourceBranch, destinationBranch, headCommit, author },
  };
}
