import { resourceArn } from '../../model/resource.ts';
import type { Statements } from '../database.ts';
import { announce } from '../events/events.ts';

/** Why an event was refused; `at` in ms. */
export interface HookTrouble {
  message: string;
  at: number;
}

/** The shortest time between two announcements of a hook: nothing else limits how often its URL is called. */
const announcementMs = 60 * 60 * 1000;

interface TroubledRow {
  account: string;
  region: string;
  repository: string;
  refused_events: number;
  announced_at: number | null;
}

/**
 * Counts an event that was refused, says why, and announces it unless that was done within the hour; does nothing if the
 * hook was deleted. Returns whether it was announced.
 */
export async function noteTrouble(sql: Statements, hookId: string, { message, at }: HookTrouble): Promise<boolean> {
  const row = await sql.get<TroubledRow>(
    `update repository_hooks set refused_events = refused_events + 1, trouble = ?, trouble_at = ? where id = ?
     returning account, region, repository, refused_events, announced_at`,
    message,
    at,
    hookId,
  );
  if (!row || (row.announced_at !== null && Math.abs(at - row.announced_at) < announcementMs)) return false;
  const { account, region, repository, refused_events: refusedEvents } = row;
  sql.send('update repository_hooks set announced_at = ? where id = ?', at, hookId);
  announce(sql, {
    account,
    region,
    at,
    source: 'millrace',
    'detail-type': 'Repository Hook Trouble',
    resources: [resourceArn(row, { kind: 'Repository', name: repository })],
    detail: { repository, message, 'refused-events': refusedEvents },
  });
  return true;
}

/** Notes that a hook has taken an event. */
export async function noteVerified(sql: Statements, hookId: string, at: number): Promise<void> {
  await sql.run(
    'update repository_hooks set verified_at = ?, trouble = null, trouble_at = null where id = ?',
    at,
    hookId,
  );
}
