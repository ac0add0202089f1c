import type { RoleCredentials } from '../builds/services/credentials-endpoint.ts';
import type { BuildLease } from './build-lease.ts';

/** Credentials that end sooner are replaced: clients keep what they get for a while. */
const enoughMs = 15 * 60 * 1000;

/** Keeps the credentials of a build's role, and gets new ones in time. */
export function keepRoleCredentials(
  first: RoleCredentials,
  lease: Pick<BuildLease, 'renewCredentials'>,
  now: () => number = Date.now,
): { read(): Promise<RoleCredentials> } {
  let current = first;
  let renewing: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    current = (await lease.renewCredentials()).roleCredentials ?? current;
  };
  return {
    async read() {
      if (current.expiresAt - now() < enoughMs) {
        // Concurrent readers share one renewal.
        renewing ??= renew().finally(() => {
          renewing = undefined;
        });
        await renewing;
      }
      return current;
    },
  };
}
