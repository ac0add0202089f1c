import { archiveSettings } from './archives.ts';
import { artifactStoreSettings } from './artifact-store.ts';
import type { settings } from './config.ts';
import { databaseSettings } from './database.ts';
import { jobSettings } from './jobs.ts';
import { quotaSettings } from './quotas.ts';

const groups: [heading: string, rows: object][] = [
  ['Jobs:', jobSettings],
  ['Database and nodes:', databaseSettings],
  ['Archives of artifacts:', archiveSettings],
  ['External artifact store:', artifactStoreSettings],
  ['Quotas:', quotaSettings],
];

/** Returns the heading under which help lists a setting. */
export function settingGroup(name: keyof typeof settings): string {
  return groups.find(([, rows]) => name in rows)?.[0] ?? 'Server:';
}
