import { createHmac } from 'node:crypto';
import type { ForgeFile } from './payloads.ts';

export const hookSecret = 'the-secret-of-a-hook';

/** Returns the headers with which a forge proves that an event is its own. */
export function signEvent(forge: ForgeFile, body: string | Buffer, secret = hookSecret): Record<string, string> {
  const hex = createHmac('sha256', secret).update(body).digest('hex');
  switch (forge) {
    case 'github':
      return { 'X-Hub-Signature-256': `sha256=${hex}` };
    case 'gitlab':
      return { 'X-Gitlab-Token': secret };
    case 'gitea':
      return { 'X-Gitea-Signature': hex, 'X-Hub-Signature-256': `sha256=${hex}` };
    case 'forgejo':
      return { 'X-Forgejo-Signature': hex, 'X-Gitea-Signature': hex, 'X-Hub-Signature-256': `sha256=${hex}` };
    default:
      return { 'X-Hub-Signature': `sha256=${hex}` };
  }
}
