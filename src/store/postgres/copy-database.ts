import type { Database, Statements } from '../database.ts';
import { findNul, readRows, readTables, type Table } from '../sqlite/tables.ts';

/** A table and the number of its rows on both sides. */
export interface CopiedTable {
  name: string;
  rows: number;
}

/** Called after each statement with the number of rows copied so far. */
export type ReportCopied = (progress: CopiedTable) => void;

/** The most rows in a statement; with the longest texts, chunks of logs, that is some 32 MiB. */
const mostRows = 500;
/** PostgreSQL accepts at most 65,535 parameters. */
const mostValues = 30_000;

/**
 * Copies every table of an SQLite file into a PostgreSQL database with the same schema and no rows, in one transaction:
 * an interrupted copy leaves nothing. The tables are locked meanwhile, so a node that starts too early waits.
 */
export function copyDatabase(source: Database, target: Database, report: ReportCopied): Promise<CopiedTable[]> {
  return target.write(async (to) => {
    const tables = await source.read(readTables);
    await to.run(`lock table ${tables.map(({ name }) => name).join(', ')} in exclusive mode`);
    await refuseRows(to, tables);
    const copied: CopiedTable[] = [];
    for (const table of tables) copied.push(await source.read((from) => copyTable(from, to, { table, report })));
    // A cursor of the file is a sequence; the first node makes later stamps follow.
    await to.run('update events set stamp = sequence');
    return copied;
  });
}

async function refuseRows(to: Statements, tables: Table[]): Promise<void> {
  for (const { name } of tables) {
    if ((await to.get(`select 1 as one from ${name} limit 1`)) === undefined) continue;
    throw new Error(
      `The database holds an installation already (there are rows in ${name}), and a copy is never mixed with one. Give an empty database.`,
    );
  }
}

async function copyTable(
  from: Statements,
  to: Statements,
  { table, report }: { table: Table; report: ReportCopied },
): Promise<CopiedTable> {
  const { name, columns } = table;
  let copied = 0;
  await refuseNul(from, table);
  const row = `(${columns.map(() => '?').join(', ')})`;
  for await (const rows of readRows(from, name, Math.min(mostRows, Math.floor(mostValues / columns.length)))) {
    const values = rows.flatMap((one) => columns.map((column) => one[column] ?? null));
    const insert = `insert into ${name} (${columns.join(', ')}) values ${rows.map(() => row).join(', ')}`;
    await to.run(insert, ...values);
    copied += rows.length;
    report({ name, rows: copied });
  }
  if (table.highestSequence) await continueSequence(to, table, table.highestSequence);
  const [read, written] = await Promise.all([countRows(from, name), countRows(to, name)]);
  if (read === written) return { name, rows: written };
  throw new Error(`${name} has ${read} rows, and ${written} after the copy. Nothing was copied.`);
}

/** PostgreSQL's texts cannot contain U+0000. */
async function refuseNul(from: Statements, table: Table): Promise<void> {
  const found = await findNul(from, table);
  if (!found) return;
  const where = Object.entries(found.row).map(([column, value]) => `${column} = ${JSON.stringify(value)}`);
  throw new Error(
    `${table.name} has a row with the character U+0000, which PostgreSQL cannot keep: column ${found.column} where ${where.join(' and ')}. Nothing was copied.`,
  );
}

/** Makes new rows come after all that ever existed, as in the file. */
async function continueSequence(to: Statements, { name, key: [column = ''] }: Table, highest: number): Promise<void> {
  await to.get('select setval(pg_get_serial_sequence(?, ?), ?)', name, column, highest);
}

async function countRows(sql: Statements, table: string): Promise<number> {
  return (await sql.get<{ rows: number }>(`select count(*) as rows from ${table}`))?.rows ?? 0;
}
