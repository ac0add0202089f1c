import type { Database, Statements } from '../database.ts';
import { keepSetting, takeLock } from '../settings.ts';
import { eventStamp } from './dialect.ts';

/**
 * Makes new events follow those that are there. A database that was restored in another server, or copied from a data
 * folder, has events with stamps that its own transactions have yet to reach: until then readers would skip all new ones.
 * So stamps are counted from a base, in the column's default and in what readers compare with.
 */
export async function raiseEventBase(database: Database): Promise<void> {
  if ((await database.read(neededBase)) === undefined) return;
  await database.write(async (sql) => {
    await takeLock(sql, 'event base');
    const base = await neededBase(sql);
    if (base === undefined) return;
    await sql.run('delete from settings where name = ?', 'event-base');
    await keepSetting(sql, 'event-base', `${base}`);
    await sql.run(`alter table events alter column stamp set default ${eventStamp} + ${base}`);
  });
}

/** Returns the base that is needed; undefined if the present one is high enough. */
async function neededBase(sql: Statements): Promise<number | undefined> {
  const newest = await sql.get<{ stamp: number }>('select stamp from events order by stamp desc limit 1');
  const now = await sql.get<{ stamp: number }>(
    `select cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint)
       + coalesce((select cast(value as bigint) from settings where name = 'event-base'), 0) as stamp`,
  );
  return newest && now && newest.stamp > now.stamp ? newest.stamp : undefined;
}
