import type { IncomingHttpHeaders } from 'node:http';
import type { RepositoryEvent } from '../../model/sources/repository-event.ts';
import { type Forge, headerOf, type Proof } from './forge.ts';
import { readPush } from './github.ts';
import { fromFork, incompletePullRequest, memberOf, other, presentTexts, textOf } from './read-members.ts';

/** GitLab: the secret itself in a header, or in newer versions a signature of the Standard Webhooks. */
export const gitlab: Forge = {
  name: 'GitLab',
  matches: (headers) => headerOf(headers, 'x-gitlab-event') !== undefined,
  eventOf: (headers) => headerOf(headers, 'x-gitlab-event') ?? '',
  // Not `X-Gitlab-Event-UUID`: events that cause each other share it.
  deliveryIdOf: (headers) => headerOf(headers, 'idempotency-key') ?? headerOf(headers, 'webhook-id'),
  proofOf(headers) {
    // A hook may have both; the signature says more, so it decides.
    if (headerOf(headers, 'webhook-signature') !== undefined) return readSignature(headers);
    const secret = headerOf(headers, 'x-gitlab-token');
    return secret === undefined ? undefined : { kind: 'secret', secret };
  },
  read(event, payload) {
    return {
      repository: {
        names: presentTexts(textOf(payload, 'project', 'path_with_namespace')),
        urls: presentTexts(
          textOf(payload, 'project', 'git_http_url'),
          textOf(payload, 'project', 'git_ssh_url'),
          textOf(payload, 'project', 'web_url'),
        ),
      },
      actor: textOf(payload, 'user_username') ?? textOf(payload, 'user', 'username') ?? textOf(payload, 'user_name'),
      content: contentOf(event, payload),
    };
  },
};

/** Reads signatures such as `v1,<base64>`, separated by spaces, over `<id>.<timestamp>.<body>`. */
function readSignature(headers: IncomingHttpHeaders): Proof | undefined {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp') ?? '';
  const digests = (headerOf(headers, 'webhook-signature') ?? '')
    .split(' ')
    .filter((text) => text.startsWith('v1,'))
    .map((text) => Buffer.from(text.slice('v1,'.length), 'base64'));
  if (id === undefined || !/^\d{1,12}$/.test(timestamp) || digests.length === 0) return undefined;
  return {
    kind: 'signature',
    algorithm: 'sha256',
    digests,
    prefix: `${id}.${timestamp}.`,
    signedAt: Number(timestamp) * 1000,
  };
}

function contentOf(event: string, payload: unknown): RepositoryEvent['content'] {
  // The kind of a system hook is in its payload only.
  const kind = event === 'System Hook' ? textOf(payload, 'event_name') : event;
  if (kind === 'Push Hook' || kind === 'Tag Push Hook' || kind === 'push' || kind === 'tag_push')
    return readPush(payload);
  if (event === 'Merge Request Hook') return readMergeRequest(payload);
  return other(`Events of the kind ${event} start nothing: only pushes and merge requests do.`);
}

const actions: Record<string, 'OPEN' | 'UPDATED' | 'CLOSED'> = {
  open: 'OPEN',
  reopen: 'OPEN',
  update: 'UPDATED',
  merge: 'CLOSED',
  close: 'CLOSED',
};

function readMergeRequest(payload: unknown): RepositoryEvent['content'] {
  const request = memberOf(payload, 'object_attributes');
  const action = textOf(request, 'action') ?? '';
  const event = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (!event) return other(`The action '${action}' of a merge request starts nothing.`);
  // Only new commits have the old head; other updates are of the title, labels and the like.
  if (event === 'UPDATED' && textOf(request, 'oldrev') === undefined) {
    return other('The update of the merge request has no new commits.');
  }
  const [source, target] = [textOf(request, 'source_project_id'), textOf(request, 'target_project_id')];
  if (source === undefined || source !== target) return fromFork;
  const id = textOf(request, 'iid');
  const sourceBranch = textOf(request, 'source_branch');
  const destinationBranch = textOf(request, 'target_branch');
  const headCommit = textOf(request, 'last_commit', 'id');
  if (!id || !sourceBranch || !destinationBranch || !headCommit) return incompletePullRequest;
  const title = textOf(request, 'title') ?? '';
  return { kind: 'pull request', pullRequest: { event, id, title, sourceBranch, destinationBranch, headCommit } };
}
