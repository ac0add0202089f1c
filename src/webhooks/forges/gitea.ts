import type { IncomingHttpHeaders } from 'node:http';
import { type Forge, headerOf, type Proof } from './forge.ts';
import { readPullRequest, readPush } from './github.ts';
import { other, presentTexts, textOf } from './read-members.ts';

/** Gitea, and Forgejo that came of it: payloads like GitHub's, and a bare hexadecimal signature. */
function giteaLike(name: 'Gitea' | 'Forgejo'): Forge {
  const prefix = `x-${name.toLowerCase()}`;
  return {
    name,
    matches: (headers) => headerOf(headers, `${prefix}-event`) !== undefined,
    eventOf: (headers) => headerOf(headers, `${prefix}-event`) ?? '',
    deliveryIdOf: (headers) => headerOf(headers, `${prefix}-delivery`),
    proofOf: (headers) => readBareDigest(headers, prefix),
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
}

/** Both send the headers of the programs that they came of as well, so the order of the dialects matters. */
export const gitea = giteaLike('Gitea');
export const forgejo = giteaLike('Forgejo');

/** The signature of the dialect decides: they send GitHub's as well, which must not make up for a wrong one. */
function readBareDigest(headers: IncomingHttpHeaders, prefix: string): Proof | undefined {
  const text = headerOf(headers, `${prefix}-signature`) ?? '';
  if (!/^[0-9a-f]{64}$/i.test(text)) return undefined;
  return { kind: 'signature', algorithm: 'sha256', digests: [Buffer.from(text, 'hex')] };
}

function contentOf(event: string, payload: unknown) {
  if (event === 'push') return readPush(payload);
  // Newer servers send `pull_request_sync` for new commits.
  if (event === 'pull_request' || event === 'pull_request_sync') return readPullRequest(payload);
  return other(`Events of the kind ${event} start nothing: only pushes and pull requests do.`);
}
