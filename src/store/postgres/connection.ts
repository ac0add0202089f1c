import type { Socket } from 'node:net';
import pg from 'pg';
import type { Parameter, Row } from '../database.ts';
import { failureOf, isFromServer } from './failure.ts';
import { encodeBatch, type NamedStatement } from './messages.ts';

/** The result of a statement; `tag` is the server's, such as `UPDATE 1`. */
export interface Result {
  rows: Row[];
  tag: string;
}

/** A statement and what to call with its result, or with the store's error for its failure. */
interface Execution {
  statement: NamedStatement;
  values: Parameter[];
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** The server did not run a statement, because one before it in its batch failed. */
export class SkippedError extends Error {}

/** A connection, on which statements run in the order in which they are added. */
export interface Connection {
  add(execution: Execution): void;
}

const connections = new WeakMap<pg.ClientBase, Connection>();

/** Returns the connection of a client of the pool. It is closed when a statement isn't answered within `patienceMs`. */
export function connectionOf(client: pg.ClientBase, patienceMs: number): Connection {
  const known = connections.get(client);
  if (known) return known;
  const opened = openConnection(client, patienceMs);
  connections.set(client, opened);
  return opened;
}

/** Sends statements in batches: those of one turn of the event loop, or all that were added while a batch was running. */
function openConnection(client: pg.ClientBase, patienceMs: number): Connection {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  const prepared = new Map<NamedStatement, Column[]>();
  let waiting: Execution[] = [];
  let isBusy = false;
  const send = () => {
    const batch = waiting;
    waiting = [];
    const patience = setTimeout(() => stream.destroy(), patienceMs);
    const progress = {
      answered: () => void patience.refresh(),
      ended() {
        clearTimeout(patience);
        isBusy = waiting.length > 0;
        if (isBusy) sendSoon();
      },
    };
    client.query(batchOf(batch, prepared, progress) as unknown as pg.Submittable);
  };
  // Whatever the responses let continue adds its statements before the next tick.
  const sendSoon = () => queueMicrotask(() => process.nextTick(send));
  return {
    add(execution) {
      waiting.push(execution);
      if (isBusy) return;
      isBusy = true;
      sendSoon();
    },
  };
}

/** What pg calls to send a query and with the server's messages about it. */
interface PgQuery {
  submit(connection: { stream: Socket }): void;
  handleRowDescription(message: { fields: pg.FieldDef[] }): void;
  handleDataRow(message: { fields: (string | null)[] }): void;
  handleCommandComplete(message: { text: string }): void;
  handleReadyForQuery(): void;
  handleError(error: unknown): void;
}

/** Makes one query of a batch; `prepared` has the columns of the statements that the connection has prepared. */
function batchOf(
  batch: Execution[],
  prepared: Map<NamedStatement, Column[]>,
  progress: { answered(): void; ended(): void },
): PgQuery {
  let position = 0;
  let columns: Column[] | undefined;
  let rows: Row[] = [];
  return {
    submit: ({ stream }) => void stream.write(encodeBatch(batch, prepared)),
    handleRowDescription({ fields }) {
      columns = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }));
    },
    handleDataRow({ fields }) {
      columns ??= prepared.get((batch[position] as Execution).statement) ?? [];
      rows.push(toRow(columns, fields));
    },
    handleCommandComplete({ text }) {
      const { statement, resolve } = batch[position] as Execution;
      if (!prepared.has(statement)) prepared.set(statement, columns ?? []);
      resolve({ rows, tag: text });
      position += 1;
      columns = undefined;
      rows = [];
      progress.answered();
    },
    handleReadyForQuery: progress.ended,
    handleError(error) {
      const failure = failureOf(error);
      batch[position]?.reject(failure);
      const rest = isFromServer(error)
        ? new SkippedError('A statement before it failed.', { cause: failure })
        : failure;
      for (const { reject } of batch.slice(position + 1)) reject(rest);
      progress.ended();
    },
  };
}

interface Column {
  name: string;
  parse(text: string): string | number;
}

function toRow(columns: Column[], values: (string | null)[]): Row {
  const row: Row = {};
  for (let index = 0; index < columns.length; index += 1) {
    const { name, parse } = columns[index] as Column;
    const value = values[index] as string | null;
    row[name] = value === null ? null : parse(value);
  }
  return row;
}

/** int8 and numeric, the types of counts and sums, arrive as text; all of ours are far below 2^53. */
const numberTypes = new Set([20, 1700]);

function parserOf(type: number): Column['parse'] {
  return numberTypes.has(type) ? Number : pg.types.getTypeParser(type, 'text');
}
