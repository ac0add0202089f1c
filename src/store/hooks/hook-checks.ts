import type { CheckFinding } from '../../model/repository-hook.ts';
import type { Statements } from '../database.ts';

/** Remembers the checks that an event has asked for. */
export async function addEventChecks(sql: Statements, sequence: number, checkKeys: string[]): Promise<void> {
  for (const key of checkKeys) {
    await sql.run('insert into hook_event_checks (event_sequence, check_key) values (?, ?)', sequence, key);
  }
}

/** Returns the events that wait for a check; a check that begins now finds what they are about. */
export async function pendingEvents(sql: Statements, checkKey: string): Promise<number[]> {
  const rows = await sql.all<{ event_sequence: number }>(
    'select event_sequence from hook_event_checks where check_key = ? and is_pending = 1',
    checkKey,
  );
  return rows.map(({ event_sequence: sequence }) => sequence);
}

/** Notes what a check found for the events that waited for it; after a failure they go on waiting. */
export async function noteFindings(
  sql: Statements,
  checkKey: string,
  sequences: number[],
  { findings, isPending = false }: { findings: CheckFinding[]; isPending?: boolean },
): Promise<void> {
  for (const sequence of sequences) {
    await sql.run(
      'update hook_event_checks set results = ?, is_pending = ? where check_key = ? and event_sequence = ?',
      JSON.stringify(findings),
      isPending ? 1 : 0,
      checkKey,
      sequence,
    );
  }
}
