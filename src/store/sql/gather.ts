import type { Parameter, Statements } from '../database.ts';

/** Items that are written or asked for in one statement at most. */
const mostItems = 16;

/** Something that several may want in the same tick, and one statement can do for all of them. */
export interface Gathered<Item, Answer> {
  /** Of what is gathered in one tick the lower turn is sent first: rows before what refers to them or changes them. */
  turn: number;
  /** Does it for at most 16 items and answers for each, in their order. */
  run(sql: Statements, items: Item[]): Promise<Answer[]>;
}

interface Waiting {
  item: unknown;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

type AnyKind = Gathered<never, unknown>;

/** What has been asked for on each handle in this tick. */
const gathering = new WeakMap<Statements, Map<AnyKind, Waiting[]>>();

/**
 * Has `kind` done for `item`, together with all that ask for the same kind on the same handle in this tick, as events that
 * share a transaction do: to send and hear a statement takes as much computing as to perform it. It is sent after
 * whatever else is asked in this tick.
 */
export function gather<Item, Answer>(sql: Statements, kind: Gathered<Item, Answer>, item: Item): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const waiting = { item, resolve: resolve as Waiting['resolve'], reject };
    const kinds = gathering.get(sql) ?? new Map<AnyKind, Waiting[]>();
    if (kinds.size === 0) {
      gathering.set(sql, kinds);
      process.nextTick(() => {
        gathering.delete(sql);
        const inTurn = [...kinds].sort(([one], [other]) => one.turn - other.turn);
        for (const [each, all] of inTurn) runAll(sql, each, all);
      });
    }
    const known = kinds.get(kind as unknown as AnyKind);
    if (known) known.push(waiting);
    else kinds.set(kind as unknown as AnyKind, [waiting]);
  });
}

function runAll(sql: Statements, kind: AnyKind, all: Waiting[]): void {
  for (let start = 0; start < all.length; start += mostItems) {
    const some = all.slice(start, start + mostItems);
    kind.run(sql, some.map(({ item }) => item) as never[]).then(
      (answers) => {
        for (const [index, { resolve }] of some.entries()) resolve(answers[index]);
      },
      (error: unknown) => {
        for (const { reject } of some) reject(error);
      },
    );
  }
}

/** How many rows a list of values has: few fixed numbers, so that there are few prepared statements. */
const sizes = [1, 4, mostItems];

/** A list of rows for `values`, filled up with nulls, which are equal to nothing, and its parameters. */
export function paddedValues<Value>(mark: string, rows: Value[][]): { list: string; parameters: (Value | null)[] } {
  const size = sizes.find((number) => number >= rows.length) ?? mostItems;
  const width = rows[0]?.length ?? 0;
  const padding = Array.from({ length: size - rows.length }, () => new Array<null>(width).fill(null));
  return {
    list: Array.from({ length: size }, () => mark).join(', '),
    parameters: [...rows, ...padding].flat(),
  };
}

/**
 * Changes rows by their ids, each as its item says, in one statement; answers for each item how many rows it met.
 * Two changes of one row go one after the other.
 */
export function changesById<Item extends { id: string }>(
  turn: number,
  { mark, values, statement }: { mark: string; values(item: Item): Parameter[]; statement: string },
): Gathered<Item, number> {
  return {
    turn,
    async run(sql, items) {
      const met: number[] = [];
      for (let rest = items; rest.length > 0; ) {
        const now = [...new Map(rest.toReversed().map((item) => [item.id, item])).values()];
        rest = rest.filter((item) => !now.includes(item));
        const rows = now.map((item) => [item.id, ...values(item)]);
        const { list, parameters } = paddedValues<Parameter>(mark, rows);
        const changed = await sql.all<{ id: string }>(
          `with asked (${columnsOf(rows)}) as (values ${list}) ${statement} returning id`,
          ...parameters,
        );
        const ids = new Set(changed.map(({ id }) => id));
        for (const item of now) met[items.indexOf(item)] = ids.has(item.id) ? 1 : 0;
      }
      return met;
    },
  };
}

/** The columns of `asked` are called `v0`, `v1` and so on; the id is the first. */
function columnsOf(rows: Parameter[][]): string {
  return (rows[0] ?? []).map((_, index) => `v${index}`).join(', ');
}
