import type { AWSSessionCredentials } from '../../contract/generated.ts';
import { newAccessKeyId } from '../access-keys/access-key.ts';
import type { MasterKeys } from './master-key.ts';
import { createSealer, createSubkeys, SealError } from './sealer.ts';

/**
 * The content of a token, stored as JSON. Tokens of roles and services begin with their kind. Those of jobs, which must be short,
 * begin with the account, which consists of digits.
 */
export type PackedStatement = [kindOrAccount: string, ...unknown[]];

/**
 * Temporary credentials that are not stored: the session token is the sealed statement, and the secret is derived from
 * the token with the master key, so every node can verify them without a lookup.
 */
export interface SessionTokens<Statement extends PackedStatement> {
  mint(statement: Statement): AWSSessionCredentials;
  /**
   * Opens a token; returns undefined if it was changed, forged, or issued for another key id, for another kind or by
   * another server.
   */
  open(token: string, accessKeyId: string): OpenedToken<Statement> | undefined;
}

/** The content of an authentic token. */
interface OpenedToken<Statement> {
  statement: Statement;
  secretAccessKey: string;
  /** When the master key that sealed it was replaced, in ms; no token of that key can have been issued later. */
  retiredAt?: number;
}

/** Issues and opens tokens; a token names the version of the master key that sealed it. */
export function createSessionTokens<Statement extends PackedStatement>(
  masterKeys: MasterKeys,
  kind: 'job' | 'role' | 'service',
): SessionTokens<Statement> {
  const sealer = createSealer(masterKeys, 'job session token');
  const secretKeyOf = createSubkeys(masterKeys, 'job secret access key');
  const secretOf = (token: string): string =>
    secretKeyOf(versionOf(token)).digest(token).toString('base64').slice(0, 40);

  return {
    mint(statement) {
      const accessKeyId = newAccessKeyId('ASIA');
      const sessionToken = sealer.seal(JSON.stringify(statement), accessKeyId);
      return { accessKeyId, secretAccessKey: secretOf(sessionToken), sessionToken };
    },
    open(token, accessKeyId) {
      try {
        // The seal proves that this server wrote it, so only the kind needs a check.
        const statement = JSON.parse(sealer.open(token, accessKeyId)) as Statement;
        if (kindOf(statement) !== kind) return undefined;
        return { statement, secretAccessKey: secretOf(token), retiredAt: masterKeys.retiredAt.get(versionOf(token)) };
      } catch (error) {
        if (error instanceof SealError) return undefined;
        throw error;
      }
    },
  };
}

function kindOf([first]: PackedStatement): 'job' | 'role' | 'service' {
  return first === 'role' || first === 'service' ? first : 'job';
}

/** Returns the master key version in a sealed token; 0, which no key has, if there is none. */
function versionOf(token: string): number {
  return Number(token.split('.')[1] ?? 0);
}

/**
 * Reports whether a token that is valid for at most `lifetimeMs` can have been issued before its key was replaced. A
 * later one was made with a stolen key: once all genuine tokens have expired, an old version opens nothing (decision
 * 12).
 */
export function isBeforeRetirement(
  { retiredAt }: { retiredAt?: number },
  expiresAt: number,
  lifetimeMs: number,
): boolean {
  return retiredAt === undefined || expiresAt <= retiredAt + lifetimeMs;
}
