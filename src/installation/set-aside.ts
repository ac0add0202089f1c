import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { installationIdFile } from './installation-id.ts';

/** What is ours in a data folder, which may have other files too, but for the lock that this process holds. */
const ours =
  /^(millrace\.sqlite|master-keys\.json|aws-credentials|server\.json|objects$|folder-id|moved-to-database|installation-id)/;

/**
 * Moves everything of an installation in a data folder into a folder of its own there, and returns its path; nothing is deleted. The file
 * with the id goes last: a process that is killed on the way finds the same installation and goes on.
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

/** A name that nothing has yet, should the same installation be set aside again. */
function freePath(folder: string, entry: string): string {
  const path = join(folder, entry);
  for (let number = 2; ; number += 1) {
    const candidate = number === 2 ? path : `${path}.${number - 1}`;
    if (!existsSync(candidate)) return candidate;
  }
}
