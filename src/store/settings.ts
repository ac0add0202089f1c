import type { Statements } from './database.ts';

/** What a database says of the installation it belongs to. */
export interface StoredInstallation {
  account: string;
  /** Absent where an older version wrote last. */
  installationId?: string;
  /** The id of the data folder that has the objects; absent when none has. */
  objectFolder?: string;
}

/** Reads to which installation a database belongs; undefined when none has begun in it. It has the table of settings. */
export async function readInstallation(sql: Statements): Promise<StoredInstallation | undefined> {
  const rows = await sql.all<{ name: string; value: string }>('select name, value from settings');
  const settings = new Map(rows.map(({ name, value }) => [name, value]));
  const account = settings.get('account');
  if (account === undefined) return undefined;
  const [installationId, objectFolder] = [settings.get('installation-id'), settings.get('object-folder')];
  return {
    account,
    ...(installationId !== undefined && { installationId }),
    ...(objectFolder !== undefined && { objectFolder }),
  };
}
