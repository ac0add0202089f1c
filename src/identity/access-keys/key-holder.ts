import { type Caller, callerOfAccessKey, callerOfJob } from '../caller.ts';
import type { Roles } from '../roles/roles.ts';
import type { JobCredentials } from '../secrets/job-credentials.ts';
import { AuthenticationError } from '../signatures/authentication-error.ts';
import type { Credential } from '../signatures/signing-key.ts';
import type { AccessKey, AccessKeys } from './access-key.ts';

/** The sources of secrets. Without `roles` all role sessions are unknown. */
export interface KeySources {
  accessKeys: Pick<AccessKeys, 'find'> & Partial<Pick<AccessKeys, 'held'>>;
  jobCredentials: Pick<JobCredentials, 'openSessionToken'>;
  roles?: Pick<Roles, 'openSessionToken'>;
}

/** The holder of an access key, with its secret. */
export interface KeyHolder extends Credential {
  caller: Caller;
  isExpired: boolean;
}

/** Finds the holder of the key that a request names. */
export interface KeyHolders {
  /** Throws or rejects with `AuthenticationError` if the key or token is unknown. A promise only if it has to read. */
  find(accessKeyId: string, token: string | undefined, at: number): KeyHolder | Promise<KeyHolder>;
}

const invalidTokenText = 'The security token included in the request is invalid.';

/** Creates the lookup; it keeps the caller of a key for as long as `accessKeys` keeps the key. */
export function createKeyHolders({ accessKeys, jobCredentials, roles }: KeySources): KeyHolders {
  const holders = new WeakMap<AccessKey, KeyHolder>();

  const holderOfToken = (accessKeyId: string, token: string, at: number): KeyHolder => {
    const job = jobCredentials.openSessionToken(token, accessKeyId, at);
    if (job) {
      const { statement, secretAccessKey, isExpired } = job;
      return { accessKeyId, secretAccessKey, caller: callerOfJob(accessKeyId, statement), isExpired };
    }
    const session = roles?.openSessionToken(token, accessKeyId, at);
    if (!session) throw new AuthenticationError('unknown-token', invalidTokenText);
    return { accessKeyId, ...session };
  };
  const holderOfKey = (accessKeyId: string, key: AccessKey | undefined): KeyHolder => {
    if (!key) throw new AuthenticationError('unknown-access-key', invalidTokenText);
    const known = holders.get(key);
    if (known) return known;
    const { secretAccessKey } = key;
    const holder = { accessKeyId, secretAccessKey, caller: callerOfAccessKey(key), isExpired: false };
    holders.set(key, holder);
    return holder;
  };
  return {
    find(accessKeyId, token, at) {
      if (token !== undefined) return holderOfToken(accessKeyId, token, at);
      const held = accessKeys.held?.(accessKeyId);
      if (held) return holderOfKey(accessKeyId, held);
      return accessKeys.find(accessKeyId).then((key) => holderOfKey(accessKeyId, key));
    },
  };
}
