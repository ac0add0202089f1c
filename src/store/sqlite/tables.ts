import type { Row, Statements } from '../database.ts';

/** A table in the schema of an SQLite file. */
export interface Table {
  name: string;
  columns: string[];
  /** The columns of the primary key, in order. */
  key: string[];
  /** The highest value its auto-incrementing key ever had, deleted rows included. */
  highestSequence?: number;
}

/** Lists every table except the schema's versions, each after those that its rows refer to. */
export async function readTables(sql: Statements): Promise<Table[]> {
  const named = await sql.all<{ name: string }>(
    `select name from sqlite_master where type = 'table' and substr(name, 1, 7) <> 'sqlite_'
      and name <> 'schema_versions' order by name`,
  );
  const ordered = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    if (ordered.has(name)) return;
    const parents = await sql.all<{ parent: string }>(
      'select distinct "table" as parent from pragma_foreign_key_list(?)',
      name,
    );
    for (const { parent } of parents) await visit(parent);
    ordered.add(name);
  };
  for (const { name } of named) await visit(name);
  return Promise.all([...ordered].map((name) => readTable(sql, name)));
}

async function readTable(sql: Statements, name: string): Promise<Table> {
  const columns = await sql.all<{ name: string; pk: number }>(
    'select name, pk from pragma_table_info(?) order by cid',
    name,
  );
  const sequence = await sql.get<{ seq: number }>('select seq from sqlite_sequence where name = ?', name);
  return {
    name,
    columns: columns.map((column) => column.name),
    key: columns
      .filter(({ pk }) => pk > 0)
      .sort((left, right) => left.pk - right.pk)
      .map((column) => column.name),
    ...(sequence && { highestSequence: sequence.seq }),
  };
}

/** Reads all rows of a table in batches, in the order in which SQLite stores them. */
export async function* readRows(sql: Statements, table: string, batchSize: number): AsyncGenerator<Row[]> {
  for (let last: number | undefined = Number.MIN_SAFE_INTEGER; last !== undefined; ) {
    const rows: Row[] = await sql.all(
      `select rowid as row_number, * from ${table} where rowid > ? order by rowid limit ?`,
      last,
      batchSize,
    );
    if (rows.length > 0) yield rows;
    last = rows.length < batchSize ? undefined : Number(rows.at(-1)?.row_number);
  }
}

/** Finds the column and the row of a text with U+0000. SQL searches for it, because a driver may cut the text there. */
export async function findNul(
  sql: Statements,
  { name, columns, key }: Table,
): Promise<{ column: string; row: Row } | undefined> {
  const has = (column: string) => `instr(${column}, char(0)) > 0`;
  const culprit = columns.map((column) => `when ${has(column)} then '${column}'`).join(' ');
  const found = await sql.get<Row>(
    `select ${key.join(', ')}, case ${culprit} end as culprit from ${name}
      where ${columns.map(has).join(' or ')} limit 1`,
  );
  if (!found) return undefined;
  const { culprit: column, ...row } = found;
  return { column: String(column), row };
}
