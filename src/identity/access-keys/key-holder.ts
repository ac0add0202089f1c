import { LRUCache } from 'lru-cache';
import { type Caller, callerOfAccessKey, callerOfJob } from '../caller.ts';
import type { Roles } from '../roles/roles.ts';
import type { JobCredentials } from '../secrets/job-credentials.ts';
import { AuthenticationError } from '../signatures/authentication-error.ts';
import type { Credential } from '../signatures/signing-key.ts';
import type { AccessKey, AccessKeys } from './access-key.ts';

/** Where the secrets of callers come from. Without `roles` no role session is known. */
export interface KeyHolderParts {
  accessKeys: Pick<AccessKeys, 'find'> & Partial<Pick<AccessKeys, 'held'>>;
  jobCredentials: Pick<JobCredentials, 'openSessionToken'>;
  roles?: Pick<Roles, 'openSessionToken'>;
}

/** The holder of an access key, with its secret. */
interface KeyHolder extends Credential {
  caller: Caller;
  isExpired: boolean;
}

/** Finds holders by what a request says of itself. */
export interface KeyHolders {
  /** Rejects with `AuthenticationError` when key or token are not known. */
  find(accessKeyId: string, token: string | undefined, at: number): Promise<KeyHolder>;
}

const invalidTokenText = 'The security token included in the request is invalid.';

/** Builds the look-up; the callers of up to `capacity` keys are remembered. */
export function createKeyHolders({
  accessKeys,
  jobCredentials,
  roles,
  capacity,
}: KeyHolderParts & { capacity: number }): KeyHolders {
  // The caller of a key is built once for as long as the key is held in memory, which is where it comes from.
  const holders = new LRUCache<string, { key: AccessKey; holder: KeyHolder }>({ max: capacity });

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
    const known = holders.get(accessKeyId);
    if (known?.key === key) return known.holder;
    const { secretAccessKey } = key;
    const holder = { accessKeyId, secretAccessKey, caller: callerOfAccessKey(key), isExpired: false };
    holders.set(accessKeyId, { key, holder });
    return holder;
  };
  return {
    async find(accessKeyId, token, at) {
      if (token !== undefined) return holderOfToken(accessKeyId, token, at);
      return holderOfKey(accessKeyId, accessKeys.held?.(accessKeyId) ?? (await accessKeys.find(accessKeyId)));
    },
  };
}
