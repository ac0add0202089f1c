import { createHmac } from 'node:crypto';

/** The secret of a repository's hook, and the end of its URL. */
export interface HookSecret {
  secret: string;
  hookId: string;
}

/** Returns the token by which a script proves itself to a hook; it does not give the secret away, and changes with it. */
export function pushTokenOf({ secret, hookId }: HookSecret): string {
  return createHmac('sha256', secret).update(`post-receive ${hookId}`).digest('base64url');
}
