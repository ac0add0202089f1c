import { join } from 'node:path';
import { readIfPresent, writeDurably } from '../files/durable-file.ts';

/** The file in which a data folder keeps the id of the installation it belongs to; its database keeps the same. */
export const installationIdFile = 'installation-id';

/** Returns the id that a data folder keeps; undefined where none was written, as by older versions. */
export function findInstallationId(folder: string): string | undefined {
  return readIfPresent(join(folder, installationIdFile))?.trim() || undefined;
}

/** Writes the id, durably. */
export function writeInstallationId(folder: string, id: string): void {
  writeDurably(join(folder, installationIdFile), `${id}\n`);
}
