import type { Statements } from '../database.ts';

/** The setting that counts the changes of the catalogue of action types: who keeps types in memory asks only for it. */
export const catalogueVersion = 'catalogue-version';

/** Says that types have changed. Every writer of the catalogue says it in its own transaction. */
export async function bumpCatalogue(sql: Statements): Promise<void> {
  await sql.run(
    `insert into settings (name, value) values (?, '1')
     on conflict (name) do update set value = cast(cast(settings.value as bigint) + 1 as text)`,
    catalogueVersion,
  );
}
