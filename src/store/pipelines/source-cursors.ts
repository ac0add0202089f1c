import { setImmediate as nextTurn } from 'node:timers/promises';
import { branchRef } from '../../model/sources/source-ref.ts';
import type { FoundRef, SourceWatch } from '../../model/sources/source-watch.ts';
import type { Announcement } from '../../model/stored-event.ts';
import type { Database, Statements } from '../database.ts';
import { announce } from '../events/events.ts';
import { paddedBatches, placeholders } from '../padded-batches.ts';

/** A watched action, as its declaration located it when it was read. */
export type WatchKey = Pick<SourceWatch, 'actionName' | 'location'> & { pipelineId: string };

/** The commit that a check has seen last at each ref of a watch, by the full names of the refs. */
export type Cursors = ReadonlyMap<string, string>;

/** Refs that one query reads or one transaction writes: a repository can have tens of thousands. */
const refsAtOnce = 500;

/** What watches have seen of branches and tags, read and written in parts with a turn for other work between. */
export function sourceCursorRows(database: Database) {
  const inParts = async <Value>(values: Value[], write: (sql: Statements, some: Value[]) => Promise<void>) => {
    for (let from = 0; from < values.length; from += refsAtOnce) {
      await database.write((sql) => write(sql, values.slice(from, from + refsAtOnce)));
    }
  };
  return {
    /** Returns what a watch has seen. `seen` and `branch` are of its row, which held the commit in an earlier version. */
    async cursors(watch: Omit<WatchKey, 'location'> & { seen?: string; branch: string }): Promise<Cursors> {
      const { seen, branch } = watch;
      const found = new Map(isCommit(seen) ? [[branchRef(branch), seen]] : []);
      for (let after: string | undefined = ''; after !== undefined; await nextTurn()) {
        const rows: CursorRow[] = await database.read((sql) => readCursors(sql, watch, after ?? ''));
        for (const row of rows) found.set(row.ref, row.seen);
        after = rows.length === refsAtOnce ? rows.at(-1)?.ref : undefined;
      }
      return found;
    },
    /** Records refs that were there before the watch was, as long as it has not changed. */
    addCursors: (watch: WatchKey, refs: FoundRef[], at: number) =>
      inParts(refs, (sql, some) => addCursors(sql, watch, some, at)),
    /**
     * Forgets refs that were gone when the repository was listed at `listedAt`, so that they are new when they come back.
     * What another node has seen since then stays.
     */
    forgetCursors: (watch: WatchKey, refs: string[], listedAt: number) =>
      inParts(refs, (sql, some) => forgetCursors(sql, watch, some, listedAt)),
  };
}

interface CursorRow {
  ref: string;
  seen: string;
}

function readCursors(
  sql: Statements,
  { pipelineId, actionName }: Omit<WatchKey, 'location'>,
  after: string,
): Promise<CursorRow[]> {
  return sql.all<CursorRow>(
    `select ref, seen from source_cursors where pipeline_id = ? and action_name = ? and ref > ?
     order by ref limit ?`,
    pipelineId,
    actionName,
    after,
    refsAtOnce,
  );
}

/** Returns what a watch has seen at one ref, and since when. */
export async function findCursor(
  sql: Statements,
  pipelineId: string,
  { actionName, ref }: { actionName: string; ref: string },
  earlier: { seen: string | null; branch?: string },
): Promise<{ seen: string; movedAt: number } | undefined> {
  const row = await sql.get<{ seen: string; moved_at: number }>(
    'select seen, moved_at from source_cursors where pipeline_id = ? and action_name = ? and ref = ?',
    pipelineId,
    actionName,
    ref,
  );
  if (row) return { seen: row.seen, movedAt: row.moved_at };
  const { seen, branch } = earlier;
  return isCommit(seen) && branch !== undefined && ref === branchRef(branch) ? { seen, movedAt: 0 } : undefined;
}

function isCommit(text: string | null | undefined): text is string {
  return typeof text === 'string' && /^[0-9a-f]{40,64}$/.test(text);
}

/** Moves the cursor of a ref; its watch is locked. */
export function moveCursor(
  sql: Statements,
  pipelineId: string,
  { actionName, ref, commit, isStarted }: { actionName: string; ref: string; commit: string; isStarted: boolean },
  at: number,
): void {
  sql.send(
    `insert into source_cursors (pipeline_id, action_name, ref, seen, started, moved_at) values (?, ?, ?, ?, ?, ?)
     on conflict (pipeline_id, action_name, ref) do update set seen = excluded.seen, moved_at = excluded.moved_at,
       started = coalesce(excluded.started, source_cursors.started)`,
    pipelineId,
    actionName,
    ref,
    commit,
    isStarted ? commit : null,
    at,
  );
}

async function addCursors(sql: Statements, watch: WatchKey, refs: FoundRef[], at: number): Promise<void> {
  if (!(await lockUnchanged(sql, watch))) return;
  for (const batch of paddedBatches(refs)) {
    sql.send(
      `insert into source_cursors (pipeline_id, action_name, ref, seen, moved_at)
       values ${placeholders(batch, '(?, ?, ?, ?, ?)')} on conflict (pipeline_id, action_name, ref) do nothing`,
      ...batch.flatMap(({ name, commit }) => [watch.pipelineId, watch.actionName, name, commit, at]),
    );
  }
}

async function forgetCursors(sql: Statements, watch: WatchKey, refs: string[], listedAt: number): Promise<void> {
  if (!(await lockUnchanged(sql, watch))) return;
  for (const batch of paddedBatches(refs)) {
    sql.send(
      `delete from source_cursors where pipeline_id = ? and action_name = ? and moved_at < ?
       and ref in (${placeholders(batch)})`,
      watch.pipelineId,
      watch.actionName,
      listedAt,
      ...batch,
    );
  }
}

/** Records what a check of all refs has found; false if the watch has changed. */
export async function noteListing(sql: Statements, watch: WatchKey, listing: string): Promise<boolean> {
  const noted = await sql.run(
    'update source_watches set seen = ? where pipeline_id = ? and action_name = ? and location = ?',
    listing,
    watch.pipelineId,
    watch.actionName,
    JSON.stringify(watch.location),
  );
  return noted === 1;
}

async function lockUnchanged(sql: Statements, { pipelineId, actionName, location }: WatchKey): Promise<boolean> {
  const row = await sql.get(
    `select 1 as one from source_watches where pipeline_id = ? and action_name = ? and location = ? and is_polled = 1
     {{for update}}`,
    pipelineId,
    actionName,
    JSON.stringify(location),
  );
  return row !== undefined;
}

/** Forgets everything that an action has seen, because it is gone or watches another repository. */
export async function deleteCursors(sql: Statements, pipelineId: string, actionName: string): Promise<void> {
  for (const table of ['source_cursors', 'pull_request_events']) {
    await sql.run(`delete from ${table} where pipeline_id = ? and action_name = ?`, pipelineId, actionName);
  }
}

/**
 * Records that a ref has moved for all watches of it, with the events that tell; not the first time that it is seen. Returns
 * whether there are events.
 */
export async function announceMove(
  sql: Statements,
  watches: WatchKey[],
  { ref, cursor, announcements, at }: { ref: string; cursor: string; announcements: Announcement[]; at: number },
): Promise<boolean> {
  let isMoved = false;
  for (const watch of watches) {
    if (!(await lockUnchanged(sql, watch))) continue;
    const { pipelineId, actionName } = watch;
    const before = await findCursor(sql, pipelineId, { actionName, ref }, { seen: null });
    if (before?.seen === cursor) continue;
    isMoved ||= before !== undefined;
    moveCursor(sql, pipelineId, { actionName, ref, commit: cursor, isStarted: false }, at);
  }
  for (const announcement of isMoved ? announcements : []) announce(sql, announcement);
  return isMoved;
}
