import { createHmac } from 'node:crypto';
import type { AWSSessionCredentials } from '../../contract/generated.ts';
import { newAccessKeyId } from '../access-keys/access-key.ts';
import type { MasterKeys } from './master-key.ts';
import { createSealer, createSubkeys, SealError } from './sealer.ts';

/**
 * What a token states, as JSON. Those of roles begin with their kind; those of jobs, which have to be short, begin
 * with the account, which is all digits.
 */
export type PackedStatement = [kindOrAccount: string, ...unknown[]];

/**
 * Temporary credentials that need no row: the session token is the sealed statement and the secret follows from the
 * token by the master key, so that every node verifies them without a look-up.
 */
export interface SessionTokens<Statement extends PackedStatement> {
  mint(statement: Statement): AWSSessionCredentials;
  /**
   * Undefined for a token that was changed, made up, or minted for another key id, as another kind or by another
   * server.
   */
  open(token: string, accessKeyId: string): OpenedToken<Statement> | undefined;
}

/** An authentic token. */
interface OpenedToken<Statement> {
  statement: Statement;
  secretAccessKey: string;
  /** When the key it was sealed with was replaced, in ms; no token of that key can have been minted later. */
  retiredAt?: number;
}

/** Minting and opening with these master keys; a token names the version of the one it was sealed with. */
export function createSessionTokens<Statement extends PackedStatement>(
  masterKeys: MasterKeys,
  kind: 'job' | 'role',
): SessionTokens<Statement> {
  const sealer = createSealer(masterKeys, 'job session token');
  const secretKeyOf = createSubkeys(masterKeys, 'job secret access key');
  const secretOf = (token: string): string =>
    createHmac('sha256', secretKeyOf(versionOf(token)))
      .update(token)
      .digest('base64')
      .slice(0, 40);

  return {
    mint(statement) {
      const accessKeyId = newAccessKeyId('ASIA');
      const sessionToken = sealer.seal(JSON.stringify(statement), accessKeyId);
      return { accessKeyId, secretAccessKey: secretOf(sessionToken), sessionToken };
    },
    open(token, accessKeyId) {
      try {
        // The seal proves that this server wrote it, and its kind which of the two shapes it has.
        const statement = JSON.parse(sealer.open(token, accessKeyId)) as Statement;
        const isRole = statement[0] === 'role';
        if (isRole !== (kind === 'role')) return undefined;
        return { statement, secretAccessKey: secretOf(token), retiredAt: masterKeys.retiredAt.get(versionOf(token)) };
      } catch (error) {
        if (error instanceof SealError) return undefined;
        throw error;
      }
    },
  };
}

/** The master key version a sealed token names; 0, which no key has, when it names none. */
function versionOf(token: string): number {
  return Number(token.split('.')[1] ?? 0);
}

/**
 * Whether a token that lasts at most `lifetimeMs` can have been minted before its key was replaced. A later one was made
 * with a stolen key: after the last honest token has expired, an old version opens nothing (decision 12).
 */
export function isBeforeRetirement(
  { retiredAt }: { retiredAt?: number },
  expiresAt: number,
  lifetimeMs: number,
): boolean {
  return retiredAt === undefined || expiresAt <= retiredAt + lifetimeMs;
}
