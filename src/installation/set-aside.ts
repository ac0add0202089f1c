import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { installationIdFile } from './ids.ts';

/** The files of an installation in a data folder, except the lock, which this process holds. */
const ours =
  /^(millrace\.sqlite|master-keys\.json|aws-credentials|server\.json|objects$|folder-id|moved-to-database|installation-id)/;

/**
 * Moves the files of an installation into a subfolder of the data folder and returns its path. The file with the id is
 * moved last: if the process is killed, the next one recognizes the same installation and continues.
 */
export function setAside(folder: string, name: string): string {
  const target = join(folder, `set-aside-${name}`);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const entries = readdirSync(folder).filter((entry) => ours.test(entry));
  for (const entry of entries.sort(idLast)) renameSync(join(folder, entry), freePath(target, entry));
  return target;
}

function idLast(one: string, other: string): number {
  return Number(one === installationIdFile) - Number(other === installationIdFile);
}

/** Returns an unused path, in case the same installation was set aside before. */
function freePath(folder: string, entry: string): string {
  const path = join(folder, entry);
  for (let number = 2; ; number += 1) {
    const candidate = number === 2 ? path : `${path}.${number - 1}`;
    if (!existsSync(candidate)) return candidate;
  }
}
