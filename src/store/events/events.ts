import type { Announcement, StoredEvent } from '../../model/stored-event.ts';
import { bind, type Database, type Statements } from '../database.ts';
import type { Notifications } from '../notifications.ts';
import { createEventSignal } from './event-signal.ts';
import { type EventRow, findSubjects, toStoredEvent } from './event-subjects.ts';

/** Some events, in order. */
interface EventPage {
  events: StoredEvent[];
  /** Where to read on; the one that was given if nothing follows yet. */
  cursor: string;
  /** There is more: the page is full, or something follows that can't be read before a running transaction has ended. */
  hasMore: boolean;
}

/** What happened, in an order in which the events of each pipeline are those of its history. */
export function eventRows(database: Database, notifications: Notifications) {
  const signal = createEventSignal(notifications);
  return {
    ...bind(database, 'read', {
      /** Reads the events after a cursor, from the oldest that is kept without one. */
      read: readEvents,
      /** Returns the cursor after which only events come that can't be read yet. */
      latest: latestCursor,
    }),
    ...bind(database, 'writeToFree', { prune: pruneEvents }),
    /** Records events that are no changes of executions, all or none. */
    async announce(announcements: Announcement[]): Promise<void> {
      await database.write(async (sql) => {
        for (const announcement of announcements) announce(sql, announcement);
      });
      signal.committed();
    },
    /**
     * Resolves when events were committed on some node, after `timeoutMs`, or when the signal aborts. Call it before
     * `read`, so that nothing comes between. While nobody waits, no node notifies of events.
     */
    next: signal.next,
    /** Notifies readers of events that this node has committed. */
    committed: signal.committed,
  };
}

/** Sends an event that is no change of an execution, in the transaction of what it tells; `committed` notifies of it. */
export function announce(sql: Statements, announcement: Announcement): void {
  sql.send(
    "insert into events (happened_at, kind, detail) values (?, 'announced', ?)",
    announcement.at,
    JSON.stringify(announcement),
  );
}

const beginning = '0.0';

/** Matches the rows after a cursor; takes `valuesOfCursor`. */
const after = '({{stamp}}, sequence) > (?, ?)';
const inOrder = '{{stamp}}, sequence';

/** Throws a RangeError for a text that is no cursor. */
function valuesOfCursor(cursor: string): [stamp: number, sequence: number] {
  const [stamp, sequence] = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor)?.slice(1).map(Number) ?? [];
  if (stamp === undefined || sequence === undefined) throw new RangeError(`'${cursor}' is no cursor of events`);
  return [stamp, sequence];
}

async function readEvents(
  sql: Statements,
  { cursor = beginning, limit }: { cursor?: string; limit: number },
): Promise<EventPage> {
  const rows = await sql.all<EventRow & { is_settled: number }>(
    `select {{stamp}} as stamp, sequence, execution_id, happened_at, kind, state, subject, attempt, retried_at, detail,
       case when {{is settled}} then 1 else 0 end as is_settled
     from events where ${after} order by ${inOrder} limit ?`,
    ...valuesOfCursor(cursor),
    limit,
  );
  const settled = rows.filter(({ is_settled: isSettled }) => isSettled === 1);
  const last = settled.at(-1);
  return {
    events: await storedEvents(sql, settled),
    cursor: last ? `${last.stamp}.${last.sequence}` : cursor,
    hasMore: rows.length === limit || settled.length < rows.length,
  };
}

async function latestCursor(sql: Statements): Promise<string> {
  const row = await sql.get<{ stamp: number; sequence: number }>(
    `select {{stamp}} as stamp, sequence from events where {{is settled}}
     order by {{stamp}} desc, sequence desc limit 1`,
  );
  return row ? `${row.stamp}.${row.sequence}` : beginning;
}

/** Leaves out events whose executions are no longer kept. */
async function storedEvents(sql: Statements, rows: EventRow[]): Promise<StoredEvent[]> {
  const subjects = await findSubjects(sql, rows);
  return rows.flatMap((row) => toStoredEvent(row, subjects) ?? []);
}

/** The most rows that a transaction removes, because other writes wait for it. */
const rowsAtOnce = 1000;

/** Removes events that are older than `before` (ms), the oldest first; true if there may be more. */
async function pruneEvents(sql: Statements, before: number): Promise<boolean> {
  const rows = await sql.all<{ stamp: number; sequence: number; happened_at: number }>(
    `select {{stamp}} as stamp, sequence, happened_at from events order by ${inOrder} limit ?`,
    rowsAtOnce,
  );
  const firstKept = rows.findIndex(({ happened_at: happenedAt }) => happenedAt >= before);
  const old = firstKept < 0 ? rows : rows.slice(0, firstKept);
  const last = old.at(-1);
  if (!last) return false;
  await sql.run('delete from events where ({{stamp}}, sequence) <= (?, ?)', last.stamp, last.sequence);
  return old.length === rowsAtOnce;
}
