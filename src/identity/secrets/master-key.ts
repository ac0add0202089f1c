import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createDurably, readIfPresent, writeDurably } from '../../files/durable-file.ts';

const keyBytes = 32;

/**
 * The keys everything secret hangs on: 32 random bytes each, by version. `current` seals; the others are kept to open
 * what was sealed before a rotation (decision 12).
 */
export interface MasterKeys {
  current: number;
  keys: Map<number, Buffer>;
  /** When each older version ceased to be the current one, on the last node that used it, in ms. */
  retiredAt: Map<number, number>;
}

/** The master key file cannot be used; the message names the file and what is wrong with it. */
export class MasterKeyFileError extends Error {
  constructor(file: string, fault: string) {
    super(
      `The master key file ${file} is damaged: ${fault}. Restore it from a backup; ` +
        'without it the stored secrets cannot be read.',
    );
    this.name = 'MasterKeyFileError';
  }
}

/** A fresh key. */
export function newMasterKey(): Buffer {
  return randomBytes(keyBytes);
}

/** One fresh master key as version 1. */
export function createMasterKeys(): MasterKeys {
  return { current: 1, keys: new Map([[1, newMasterKey()]]), retiredAt: new Map() };
}

/**
 * Reads the master keys from `file`, or creates the file (mode 0600) with one fresh key when there is none. When this
 * returns, the key is durable: nothing can be sealed with a key that a power cut takes away. Throws
 * `MasterKeyFileError` for a damaged file, which is never replaced, and the file system's own error otherwise.
 */
export function loadOrCreateMasterKeys(file: string): MasterKeys {
  const present = readIfPresent(file);
  if (present !== undefined) return parse(file, present);
  createDurably(file, serialize(createMasterKeys()));
  return readMasterKeys(file);
}

/**
 * Makes a fresh key the current version, in the file first and then in `masterKeys` themselves, so that whoever seals
 * with them uses it at once and nothing is sealed with a key that is not durable. Answers the new version.
 */
export function rotateMasterKeys(file: string, masterKeys: MasterKeys, at: number): number {
  const version = Math.max(...masterKeys.keys.keys()) + 1;
  const key = newMasterKey();
  const rotated = {
    current: version,
    keys: new Map([...masterKeys.keys, [version, key]]),
    retiredAt: new Map([...masterKeys.retiredAt, [masterKeys.current, at]]),
  };
  replaceMasterKeys(file, rotated);
  masterKeys.keys.set(version, key);
  masterKeys.retiredAt.set(masterKeys.current, at);
  masterKeys.current = version;
  return version;
}

/** Reads the master keys from `file`, which has to be there; throws as `loadOrCreateMasterKeys` does. */
export function readMasterKeys(file: string): MasterKeys {
  return parse(file, readFileSync(file, 'utf8'));
}

/** Writes the whole file anew: whoever reads it finds the old keys or the new ones, also after a power cut. */
export function replaceMasterKeys(file: string, masterKeys: MasterKeys): void {
  writeDurably(file, serialize(masterKeys));
}

function serialize({ current, keys, retiredAt }: MasterKeys): string {
  const encoded = Object.fromEntries([...keys].map(([version, key]) => [version, key.toString('base64')]));
  return `${JSON.stringify({ current, keys: encoded, retiredAt: Object.fromEntries(retiredAt) }, null, 2)}\n`;
}

function parse(file: string, text: string): MasterKeys {
  const document = parseJson(file, text);
  const { current, keys: encoded } = document;
  if (typeof encoded !== 'object' || encoded === null) throw new MasterKeyFileError(file, "it has no 'keys'");
  const keys = new Map<number, Buffer>();
  for (const [name, value] of Object.entries(encoded)) {
    const version = Number(name);
    if (!Number.isSafeInteger(version) || version < 1 || String(version) !== name) {
      throw new MasterKeyFileError(file, `'${name}' is not a key version (a whole number from 1)`);
    }
    const key = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0);
    // Node.js skips what is not base64, so only a value that encodes back to itself is the one that was written.
    if (key.length !== keyBytes || key.toString('base64') !== value) {
      throw new MasterKeyFileError(file, `key version ${version} is not ${keyBytes} bytes in base64`);
    }
    keys.set(version, key);
  }
  if (typeof current !== 'number' || !keys.has(current)) {
    throw new MasterKeyFileError(file, "'current' names no key version of the file");
  }
  return { current, keys, retiredAt: readRetirements(file, document.retiredAt ?? {}, keys) };
}

function readRetirements(file: string, value: unknown, keys: Map<number, Buffer>): Map<number, number> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  for (const [version, at] of entries) {
    if (!keys.has(Number(version)) || !Number.isSafeInteger(at)) {
      throw new MasterKeyFileError(file, `'retiredAt' does not say when a key version was replaced`);
    }
  }
  return new Map(entries.map(([version, at]) => [Number(version), Number(at)]));
}

function parseJson(file: string, text: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null) return { ...document };
  } catch {
    // Its message quotes the text, and the text is a secret.
  }
  throw new MasterKeyFileError(file, text.trim() === '' ? 'it is empty' : 'it is not a JSON object');
}
