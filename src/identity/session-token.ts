import { createHmac } from 'node:crypto';
import type { AWSSessionCredentials } from '../contract/generated.ts';
import { newAccessKeyId } from './access-key.ts';
import type { MasterKeys } from './master-key.ts';
import { createSealer, deriveSubkey, SealError } from './sealer.ts';

/**
 * What a token states, as JSON. Those of roles begin with their kind; those of jobs, which have to be short, begin
 * with the account, which is all digits.
 */
export type PackedStatement = [kindOrAccount: string, ...unknown[]];

/**
 * Temporary credentials that need no row: the session token is the sealed statement and the secret follows from the
 * token by the master key, so that every node verifies them without a look-up (design §6).
 */
export interface SessionTokens<Statement extends PackedStatement> {
  mint(statement: Statement): AWSSessionCredentials;
  /**
   * Undefined for a token that was changed, made up, or minted for another key id, as another kind or by another
   * server.
   */
  open(token: string, accessKeyId: string): { statement: Statement; secretAccessKey: string } | undefined;
}

/** Minting and opening with these master keys; a token names the version of the one it was sealed with. */
export function createSessionTokens<Statement extends PackedStatement>(
  masterKeys: MasterKeys,
  kind: 'job' | 'role',
): SessionTokens<Statement> {
  const sealer = createSealer(masterKeys, 'job session token');
  const secretKeys = new Map(
    [...masterKeys.keys].map(([version, key]) => [String(version), deriveSubkey(key, 'job secret access key')]),
  );

  const secretOf = (token: string): string => {
    const key = secretKeys.get(token.split('.')[1] ?? '');
    if (!key) throw new SealError('the session token names no master key version');
    return createHmac('sha256', key).update(token).digest('base64').slice(0, 40);
  };

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
        return { statement, secretAccessKey: secretOf(token) };
      } catch (error) {
        if (error instanceof SealError) return undefined;
        throw error;
      }
    },
  };
}
