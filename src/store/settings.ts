import type { Statements } from './database.ts';

/** Finds a named value of the installation. */
export async function findSetting(sql: Statements, name: string): Promise<string | undefined> {
  const row = await sql.get<{ value: string }>('select value from settings where name = ?', name);
  return row?.value;
}

/** Returns the value stored under `name`, after storing `value` if there was none. */
export async function keepSetting(sql: Statements, name: string, value: string): Promise<string> {
  await sql.run('insert into settings (name, value) values (?, ?) on conflict do nothing', name, value);
  return (await findSetting(sql, name)) ?? value;
}

/** What only one transaction may do at a time, because it counts rows or replaces all of them. */
export type NamedLock = 'root keys' | 'built-in types' | 'webhooks' | 'event base' | 'event rules';

/**
 * Takes a lock until the commit. A row that doesn't exist yet can't be locked, so every transaction, the first one
 * included, writes it.
 */
export async function takeLock(sql: Statements, name: NamedLock): Promise<void> {
  await sql.run(
    `insert into settings (name, value) values (?, '') on conflict (name) do update set value = excluded.value`,
    `lock: ${name}`,
  );
}

/** What a database knows of the installation it belongs to. */
export interface StoredInstallation {
  account: string;
  /** Absent if an older version wrote last. */
  installationId?: string;
  /** The id of the data folder that has the objects; absent if there is none. */
  objectFolder?: string;
}

/** Reads which installation a database belongs to; undefined if it is new. The table of settings must exist. */
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
