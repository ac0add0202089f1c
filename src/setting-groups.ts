import { archiveSettings } from './archive-settings.ts';
import { artifactStoreSettings } from './artifact-store-settings.ts';
import type { settings } from './config.ts';
import { databaseSettings } from './database-settings.ts';
import { jobSettings } from './job-settings.ts';
import { quotaSettings } from './quota-settings.ts';

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
