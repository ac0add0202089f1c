import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createDurably, readIfPresent, writeDurably } from '../../files/durable-file.ts';

const keyBytes = 32;

/**
 * The keys that protect all secrets: 32 random bytes each, by version. `current` seals; the others only open what was
 * sealed before a rotation (decision 12).
 */
export interface MasterKeys {
  current: number;
  keys: Map<number, Buffer>;
  /** When each older version was replaced, on the last node that used it, in ms. */
  retiredAt: Map<number, number>;
}

/** The master key file is damaged; the message names the file and the fault. */
export class MasterKeyFileError extends Error {
  constructor(file: string, fault: string) {
    super(
      `The master key file ${file} is damaged: ${fault}. Restore it from a backup; ` +
        'without it the stored secrets cannot be read.',
    );
    this.name = 'MasterKeyFileError';
  }
}

/** Returns a new key. */
export function newMasterKey(): Buffer {
  return randomBytes(keyBytes);
}

/** Returns one new master key as version 1. */
export function createMasterKeys(): MasterKeys {
  return { current: 1, keys: new Map([[1, newMasterKey()]]), retiredAt: new Map() };
}

/**
 * Reads the master keys from `file`, or creates the file (mode 0600) with one new key. The key is durable before it can
 * seal anything. Throws `MasterKeyFileError` for a damaged file, which is never replaced, and otherwise the file
 * system's error.
 */
export function loadOrCreateMasterKeys(file: string): MasterKeys {
  const present = readIfPresent(file);
  if (present !== undefined) return parse(file, present);
  createDurably(file, serialize(createMasterKeys()));
  return readMasterKeys(file);
}

/**
 * Makes a new key the current version, first in the file and then in `masterKeys`, so that a key is durable before it
 * seals anything. Returns the new version.
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

/** Reads the master keys from `file`, which must exist; throws like `loadOrCreateMasterKeys`. */
export function readMasterKeys(file: string): MasterKeys {
  return parse(file, readFileSync(file, 'utf8'));
}

/** Replaces the file atomically and durably. */
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
    // Node.js skips invalid base64 characters, so only a value that encodes back to itself is intact.
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
    // The error quotes the text, which is secret.
  }
  throw new MasterKeyFileError(file, text.trim() === '' ? 'it is empty' : 'it is not a JSON object');
}
