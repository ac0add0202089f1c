import type { RefChange } from '../../model/sources/repository-event.ts';
import type { CheckFinding, WaitingEvent } from '../../model/sources/repository-hook.ts';
import type { PullRequestEvent } from '../../model/sources/source-ref.ts';
import type { Statements } from '../database.ts';

/** Remembers the checks that an event has asked for. */
export async function addEventChecks(sql: Statements, sequence: number, checkKeys: string[]): Promise<void> {
  for (const key of checkKeys) {
    await sql.run('insert into hook_event_checks (event_sequence, check_key) values (?, ?)', sequence, key);
  }
}

/** Returns the events that wait for a check; a check that begins now finds what they are about. */
export async function pendingEvents(sql: Statements, checkKey: string): Promise<WaitingEvent[]> {
  type Row = {
    sequence: number;
    changes: string | null;
    change_count: number;
    pull_request: string | null;
    results: string;
  };
  const rows = await sql.all<Row>(
    `select e.sequence, e.changes, e.change_count, e.pull_request, c.results
     from hook_event_checks c join hook_events e on e.sequence = c.event_sequence
     where c.check_key = ? and c.is_pending = 1 order by e.sequence`,
    checkKey,
  );
  return rows.map(({ sequence, changes, change_count: changeCount, pull_request: pullRequest, results }) => ({
    sequence,
    changes: changes === null ? [] : (JSON.parse(changes) as RefChange[]),
    changeCount,
    pullRequest: pullRequest === null ? undefined : (JSON.parse(pullRequest) as PullRequestEvent),
    results: JSON.parse(results) as CheckFinding[],
  }));
}

/** Notes what a check found for the events that waited for it; some go on waiting for the next one. */
export async function noteFindings(
  sql: Statements,
  checkKey: string,
  events: { sequence: number; findings: CheckFinding[]; isPending?: boolean }[],
): Promise<void> {
  for (const { sequence, findings, isPending = false } of events) {
    await sql.run(
      'update hook_event_checks set results = ?, is_pending = ? where check_key = ? and event_sequence = ?',
      JSON.stringify(findings),
      isPending ? 1 : 0,
      checkKey,
      sequence,
    );
  }
}
