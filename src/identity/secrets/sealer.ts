import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { HmacKey } from '../hmac-key.ts';
import { drawRandomBytes } from '../random-bytes.ts';
import type { MasterKeys } from './master-key.ts';

const format = 's1';
const ivBytes = 12;
const tagBytes = 16;
const sealedPattern = /^s1\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]+)$/;

/** A sealed text is damaged, was sealed for another context, or with a key this server doesn't have. */
export class SealError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealError';
  }
}

/** Encrypts short texts. `context` names the owner of the text; only the same context opens it. */
export interface Sealer {
  seal(plain: string, context: string): string;
  /** Throws `SealError`. */
  open(sealed: string, context: string): string;
}

/** Derives a separate key for each purpose, so that no use of a master key can weaken another. */
function deriveSubkey(masterKey: Buffer, purpose: string): HmacKey {
  return new HmacKey(Buffer.from(hkdfSync('sha256', masterKey, 'millrace', purpose, 32)));
}

/**
 * Returns a lookup of the subkeys for one purpose by master key version. Each is derived on first use, as a rotation
 * adds versions while the server runs. Throws `SealError` for a version this server doesn't have.
 */
export function createSubkeys(masterKeys: MasterKeys, purpose: string): (version: number) => HmacKey {
  const derived = new Map<number, HmacKey>();
  return (version) => {
    const known = derived.get(version);
    if (known) return known;
    const masterKey = masterKeys.keys.get(version);
    if (!masterKey) throw new SealError(`sealed with master key version ${version}, which this server does not have`);
    const subkey = deriveSubkey(masterKey, purpose);
    derived.set(version, subkey);
    return subkey;
  };
}

/**
 * Creates a sealer with AES-256-GCM. A sealed text is `s1.<master key version>.<base64url of iv, tag and ciphertext>`.
 * Sealers of different purposes cannot open each other's texts.
 */
export function createSealer(masterKeys: MasterKeys, purpose = 'stored secrets'): Sealer {
  const subkeyOf = createSubkeys(masterKeys, purpose);

  /**
   * Each context has its own key. GCM is broken if an iv repeats under one key, and with one key for all contexts a
   * busy server would seal enough job credentials to approach the safe limit of 2^32 random ivs. A KeyObject, because with
   * a Buffer a cipher takes four times as long on Node.js 24.
   */
  const keyFor = (version: number, context: string): KeyObject => createSecretKey(subkeyOf(version).digest(context));

  return {
    seal(plain, context) {
      const iv = drawRandomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', keyFor(masterKeys.current, context), iv, {
        authTagLength: tagBytes,
      });
      cipher.setAAD(Buffer.from(`${format}.${masterKeys.current}.${context}`, 'utf8'));
      const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      const body = Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64url');
      return `${format}.${masterKeys.current}.${body}`;
    },
    open(sealed, context) {
      const [, versionText, encoded] = sealedPattern.exec(sealed) ?? [];
      const body = Buffer.from(encoded ?? '', 'base64url');
      if (versionText === undefined || body.length < ivBytes + tagBytes || body.toString('base64url') !== encoded) {
        throw new SealError('not a sealed text');
      }
      const version = Number(versionText);
      const decipher = createDecipheriv('aes-256-gcm', keyFor(version, context), body.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(`${format}.${version}.${context}`, 'utf8'));
      decipher.setAuthTag(body.subarray(ivBytes, ivBytes + tagBytes));
      try {
        const plain = decipher.update(body.subarray(ivBytes + tagBytes));
        return Buffer.concat([plain, decipher.final()]).toString('utf8');
      } catch {
        throw new SealError(`the sealed text was changed, or was not sealed for '${context}' with this master key`);
      }
    },
  };
}
