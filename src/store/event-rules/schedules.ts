import type { ScheduledRule } from '../../model/event-rule.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Announcement } from '../../model/stored-event.ts';
import type { Statements } from '../database.ts';
import { announce } from '../events/events.ts';

/** Returns the key of a rule's due work. */
export function scheduleKey({ account, region }: Scope, name: string): string {
  return JSON.stringify([account, region, name]);
}

interface ScheduleRow {
  account: string;
  region: string;
  name: string;
  schedule_expression: string;
  scheduled_from: number;
  scheduled_until: number;
}

type FoundSchedule = Pick<
  ScheduledRule,
  'account' | 'region' | 'name' | 'scheduleExpression' | 'scheduledFrom' | 'scheduledUntil'
>;

/** Finds the schedule of an enabled rule by the key of its due work. */
export async function findScheduled(sql: Statements, key: string): Promise<FoundSchedule | undefined> {
  const [account, region, name] = JSON.parse(key) as [string, string, string];
  const row = await sql.get<ScheduleRow>(
    `select * from event_rules where account = ? and region = ? and name = ? and state <> 'DISABLED'
       and schedule_expression is not null`,
    account,
    region,
    name,
  );
  return (
    row && {
      account,
      region,
      name,
      scheduleExpression: row.schedule_expression,
      scheduledFrom: row.scheduled_from,
      scheduledUntil: row.scheduled_until,
    }
  );
}

/**
 * Announces that a schedule was due, and that it was carried out until `until`, both or neither. Returns false if another
 * node has done so, or the schedule is another one now.
 */
export async function carryOut(
  sql: Statements,
  { account, region, name, scheduleExpression, scheduledUntil }: FoundSchedule,
  { until, announcement }: { until: number; announcement: Announcement },
): Promise<boolean> {
  const carried = await sql.run(
    `update event_rules set scheduled_until = ? where account = ? and region = ? and name = ? and state <> 'DISABLED'
       and schedule_expression = ? and scheduled_until = ?`,
    until,
    account,
    region,
    name,
    scheduleExpression,
    scheduledUntil,
  );
  if (carried === 1) announce(sql, announcement);
  return carried === 1;
}
