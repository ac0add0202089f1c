import { type MasterKeys, newMasterKey, readMasterKeys, replaceMasterKeys } from './master-key.ts';

/*
 * Rotation for several nodes, in two steps on the file that each node has a copy of, so that every node knows a version
 * before any of them uses it (decision 12). A step is complete when all nodes have the file and have been restarted.
 */

/** Performs the first step: adds a version, which opens but doesn't seal yet. Returns its number. */
export function addMasterKey(file: string): number {
  const present = readMasterKeys(file);
  const version = Math.max(...present.keys.keys()) + 1;
  replaceMasterKeys(file, { ...present, keys: new Map([...present.keys, [version, newMasterKey()]]) });
  return version;
}

/** The file doesn't have this version. */
export class UnknownVersionError extends Error {}

/**
 * Performs the second step: nodes that read the file seal with this version. The others seal with the previous one
 * until they are restarted, which must be before `retiredAt`: tokens sealed with it later are rejected.
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
