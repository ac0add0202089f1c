import type { Statements } from '../database.ts';
import { type Gathered, gather, paddedValues } from './gather.ts';

/** Rows of one kind by a key of one or two texts, gathered. */
export type Lookup<Row> = Gathered<string[], Row[]>;

/**
 * `statement` selects the rows of all keys from `asked`, whose columns are `one` and `two`, in no order; `keyOf` says by
 * which key a row was asked for.
 */
export function lookup<Row>(statement: string, keyOf: (row: Row) => [string] | [string, string]): Lookup<Row> {
  return {
    turn: 0,
    async run(sql: Statements, keys: string[][]) {
      const distinct = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
      const isPair = distinct[0]?.length === 2;
      const { list, parameters } = paddedValues(isPair ? '(?, ?)' : '(?)', distinct);
      const rows = await sql.all<Row>(
        `with asked (${isPair ? 'one, two' : 'one'}) as (values ${list}) ${statement}`,
        ...parameters,
      );
      const byKey = new Map<string, Row[]>();
      for (const row of rows) {
        const name = JSON.stringify(keyOf(row));
        const found = byKey.get(name);
        if (found) found.push(row);
        else byKey.set(name, [row]);
      }
      return keys.map((key) => byKey.get(JSON.stringify(key)) ?? []);
    },
  };
}

/** The rows of a key. */
export function lookUp<Row>(sql: Statements, kind: Lookup<Row>, ...key: string[]): Promise<Row[]> {
  return gather(sql, kind, key);
}
