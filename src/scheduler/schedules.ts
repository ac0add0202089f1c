import type { Logger } from 'pino';
import { CronError } from '../cron/cron-field.ts';
import { readSchedule, type Schedule } from '../cron/schedule.ts';
import { ruleArn, scheduledEvent, scheduleKind } from '../model/event-rule.ts';
import type { Store } from '../store/store.ts';
import type { DueWorkHandler } from './due-work.ts';

/** A schedule that is due later is looked at again meanwhile. */
const longestPauseMs = 24 * 60 * 60 * 1000;

const retryMs = 5000;

interface ScheduleParts {
  store: Pick<Store, 'eventRules'>;
  log: Logger;
}

/**
 * Creates the due work that announces the events of scheduled rules. What was missed while no server ran is announced once.
 */
export function createSchedules({ store, log }: ScheduleParts): DueWorkHandler {
  return {
    kind: scheduleKind,
    atOnce: 20,
    leaseMs: 60_000,
    longestPauseMs,
    retryMs: () => retryMs,
    async run({ key }, at) {
      const found = await store.eventRules.findScheduled(key);
      if (!found) return {};
      const { account, region, name, scheduledFrom, scheduledUntil } = found;
      const schedule = readStored(found.scheduleExpression, { name, log });
      const dueAt = schedule?.next(scheduledUntil, scheduledFrom);
      if (!schedule || dueAt === undefined) return {};
      if (dueAt > at) return { nextAt: Math.min(dueAt, at + longestPauseMs) };
      await store.eventRules.carryOut(found, {
        until: at,
        announcement: {
          account,
          region,
          at: dueAt,
          ...scheduledEvent,
          resources: [ruleArn({ account, region }, name)],
        },
      });
      const nextAt = schedule.next(at, scheduledFrom);
      return nextAt === undefined ? {} : { nextAt: Math.min(nextAt, at + longestPauseMs) };
    },
  };
}

/** Only a later version stores what this one can't read. */
function readStored(expression: string, { name, log }: { name: string; log: Logger }): Schedule | undefined {
  try {
    return readSchedule(expression);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    log.error({ rule: name, expression, err: error }, 'this server cannot read the schedule of a rule');
    return undefined;
  }
}
