import type { Parameter, Statements } from '../database.ts';
import type { EventRecord } from './recorded-events.ts';

const columns = ['execution_id', 'happened_at', 'kind', 'state', 'subject', 'attempt', 'retried_at'];
const given = `(${columns.map(() => '?').join(', ')})`;
/** For an execution that its decision was not about. */
const lookedUp = `(?, ?, ?, ?, ?,
  (select 1 + coalesce(sum(manual_retries + automatic_retries), 0) from stage_executions where execution_id = ?), ?)`;

/** More rows than the last size are split into these, so that there are few prepared statements. */
const sizes = [32, 16, 8, 7, 6, 5, 4, 3, 2, 1];

interface Dated {
  record: EventRecord;
  at: number;
}

/** Events of transactions that are gathered until their end. */
const gathered = new WeakMap<Statements, Dated[]>();

/**
 * Lets `insertEvents` gather the events of this transaction, for one that makes several decisions; returns a function that
 * sends them all.
 */
export function gatherEvents(sql: Statements): () => void {
  const events: Dated[] = [];
  gathered.set(sql, events);
  return () => {
    gathered.delete(sql);
    send(sql, events);
  };
}

/** Sends the events of a decision. */
export function insertEvents(sql: Statements, records: EventRecord[], at: number): void {
  const events = records.map((record) => ({ record, at }));
  const others = gathered.get(sql);
  if (others) others.push(...events);
  else send(sql, events);
}

/**
 * An event with an attempt to look up is the last one of its execution, so it may come after those of others: then there are
 * few different statements.
 */
function send(sql: Statements, events: Dated[]): void {
  const known = events.filter(isKnown);
  const unknown = known.length === events.length ? [] : events.filter((event) => !isKnown(event));
  const isTogether = unknown.length <= 1;
  insert(sql, isTogether ? [...known, ...unknown] : known);
  if (!isTogether) insert(sql, unknown);
}

function isKnown({ record }: Dated): boolean {
  return record.attempt !== undefined;
}

/** Inserts events that are all known, all unknown, or known but for the last one. */
function insert(sql: Statements, events: Dated[]): void {
  for (let first = 0; first < events.length; ) {
    const left = events.length - first;
    const some = events.slice(first, first + (sizes.find((rows) => rows <= left) ?? 1));
    sql.send(statementFor(some.length, some.filter(isKnown).length), ...some.flatMap(valuesOf));
    first += some.length;
  }
}

/** The text of each statement is made once: a driver finds what it has prepared by the text, whose hash is then known. */
const statements = new Map<number, string>();

function statementFor(rows: number, known: number): string {
  const key = rows * 100 + known;
  const text =
    statements.get(key) ??
    `insert into events (${columns.join(', ')}) values ${Array.from({ length: rows }, (_, row) => (row < known ? given : lookedUp)).join(', ')}`;
  statements.set(key, text);
  return text;
}

function valuesOf({ record, at }: Dated): Parameter[] {
  const { executionId, kind, state, subject, attempt, retriedAt } = record;
  return [executionId, at, kind, state ?? null, subject ?? null, attempt ?? executionId, retriedAt ?? null];
}
