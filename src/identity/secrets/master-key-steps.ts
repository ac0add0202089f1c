import { type MasterKeys, newMasterKey, readMasterKeys, replaceMasterKeys } from './master-key.ts';

/**
 * A rotation for several nodes, in two steps on the file that all of them have a copy of: every node knows a new version
 * before one of them uses it (decision 12). Each step is complete when the file is on every node and each has been
 * started again.
 */

/** First step: one more version, which opens and does not seal yet. Answers its number. */
export function addMasterKey(file: string): number {
  const present = readMasterKeys(file);
  const version = Math.max(...present.keys.keys()) + 1;
  replaceMasterKeys(file, { ...present, keys: new Map([...present.keys, [version, newMasterKey()]]) });
  return version;
}

/** A version that the file does not have. */
export class UnknownVersionError extends Error {}

/**
 * Second step: the version seals from now on, on nodes that read the file. The others seal with the one before until
 * they have been started again, at the latest at `retiredAt`: what is sealed with it later is not honoured.
 */
export function useMasterKey(file: string, version: number, retiredAt: number): MasterKeys {
  const present = readMasterKeys(file);
  if (!present.keys.has(version)) {
    const known = [...present.keys.keys()].join(', ');
    throw new UnknownVersionError(`${file} has no version ${version} of the master key, only ${known}.`);
  }
  if (version === present.current) return present;
  const retirements = new Map([...present.retiredAt, [present.current, retiredAt]]);
  retirements.delete(version);
  const changed = { ...present, current: version, retiredAt: retirements };
  replaceMasterKeys(file, changed);
  return changed;
}
