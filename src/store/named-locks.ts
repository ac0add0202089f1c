import type { Statements } from './database.ts';

/** What only one transaction does at a time, because it counts rows or replaces them all. */
export type NamedLock = 'root keys' | 'built-in types' | 'webhooks';

/**
 * Waits until no other transaction does this, and keeps others from it until the commit. A row that is not there yet
 * cannot be locked, so that it is written, by whoever comes first as well as by all others.
 */
export async function takeLock(sql: Statements, name: NamedLock): Promise<void> {
  await sql.run(
    `insert into settings (name, value) values (?, '') on conflict (name) do update set value = excluded.value`,
    `lock: ${name}`,
  );
}
