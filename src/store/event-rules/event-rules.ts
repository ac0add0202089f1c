import { type EventRule, type EventRuleState, scheduleKind } from '../../model/event-rule.ts';
import type { Scope } from '../../model/pipeline.ts';
import { watchedRepositoriesKind } from '../../model/sources/repository-refs.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { dueWorkWake, requestWork } from '../due-work.ts';
import type { Notifications } from '../notifications.ts';
import { takeLock } from '../settings.ts';
import { requestRepositorySearch } from './repository-search.ts';
import {
  hasTargets,
  listPatterns,
  listPatternTargets,
  listTargets,
  putTargets,
  removeTargets,
  rulesOfTarget,
} from './rule-targets.ts';
import { carryOut, findScheduled, scheduleKey } from './schedules.ts';

/** The name notified when rules or targets have changed. */
const rulesWake = 'event rules';

/** A new rule, or what replaces one. */
interface PutRule {
  rule: EventRule;
  /** Only those of a new rule are stored. */
  tags: Record<string, string>;
  at: number;
  /** The most rules of an account and Region. */
  limit: number;
}

/** Rules of the default event bus, and their targets. */
export function eventRuleRows(database: Database, notifications: Notifications, events: { committed(): void }) {
  const wake = () => notifications.wake([rulesWake, dueWorkWake(scheduleKind), dueWorkWake(watchedRepositoriesKind)]);
  const write = bind(database, 'write', { putRule, setState, deleteRule, putTargets, removeTargets, carryOut });
  /** Runs a write, and notifies of it. */
  const awakening =
    <Parameters extends unknown[], Result>(change: (...parameters: Parameters) => Promise<Result>) =>
    async (...parameters: Parameters): Promise<Result> => {
      const result = await change(...parameters);
      wake();
      return result;
    };
  return {
    ...bind(database, 'read', {
      find: findRule,
      list: listRules,
      findScheduled,
      listTargets,
      listPatternTargets,
      listPatterns,
      rulesOfTarget,
      hasTargets,
    }),
    /** Stores a rule; false if there would be more than `limit`. */
    put: awakening(write.putRule),
    /** Enables or disables a rule; false if there is none. */
    setState: awakening(write.setState),
    /** Deletes a rule that has no targets. */
    delete: awakening(write.deleteRule),
    putTargets: awakening(write.putTargets),
    removeTargets: awakening(write.removeTargets),
    async carryOut(...parameters: Parameters<typeof write.carryOut>): Promise<boolean> {
      const isCarriedOut = await write.carryOut(...parameters);
      if (isCarriedOut) events.committed();
      return isCarriedOut;
    },
    wakeName: rulesWake,
  };
}

interface RuleRow {
  account: string;
  region: string;
  name: string;
  description: string | null;
  event_pattern: string | null;
  schedule_expression: string | null;
  role_arn: string | null;
  state: EventRuleState;
}

function toRule(row: RuleRow): EventRule {
  return {
    name: row.name,
    ...(row.description !== null && { description: row.description }),
    ...(row.event_pattern !== null && { eventPattern: row.event_pattern }),
    ...(row.schedule_expression !== null && { scheduleExpression: row.schedule_expression }),
    ...(row.role_arn !== null && { roleArn: row.role_arn }),
    state: row.state,
  };
}

async function findRule(sql: Statements, { account, region }: Scope, name: string): Promise<EventRule | undefined> {
  const row = await sql.get<RuleRow>(
    'select * from event_rules where account = ? and region = ? and name = ?',
    account,
    region,
    name,
  );
  return row && toRule(row);
}

/** Lists rules by name, after `afterName`, those with a prefix, at most `limit`. */
async function listRules(
  sql: Statements,
  { account, region }: Scope,
  { prefix, afterName, limit }: { prefix: string; afterName: string; limit: number },
): Promise<EventRule[]> {
  const rows = await sql.all<RuleRow>(
    `select * from event_rules where account = ? and region = ? and name > ? and substr(name, 1, ?) = ?
     order by name limit ?`,
    account,
    region,
    afterName,
    prefix.length,
    prefix,
    limit,
  );
  return rows.map(toRule);
}

async function putRule(sql: Statements, scope: Scope, { rule, tags, at, limit }: PutRule): Promise<boolean> {
  await takeLock(sql, 'event rules');
  const present = await findRule(sql, scope, rule.name);
  if (!present && (await countRules(sql, scope)) >= limit) return false;
  const { account, region } = scope;
  const isScheduledAnew =
    rule.scheduleExpression !== undefined &&
    (present?.scheduleExpression !== rule.scheduleExpression || present.state === 'DISABLED');
  await sql.run(
    `insert into event_rules (account, region, name, description, event_pattern, schedule_expression, role_arn, state,
       tags, scheduled_from, scheduled_until)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (account, region, name) do update set description = excluded.description,
       event_pattern = excluded.event_pattern, schedule_expression = excluded.schedule_expression,
       role_arn = excluded.role_arn, state = excluded.state,
       scheduled_from = case when ? = 1 then excluded.scheduled_from else event_rules.scheduled_from end,
       scheduled_until = case when ? = 1 then excluded.scheduled_until else event_rules.scheduled_until end`,
    account,
    region,
    rule.name,
    rule.description ?? null,
    rule.eventPattern ?? null,
    rule.scheduleExpression ?? null,
    rule.roleArn ?? null,
    rule.state,
    JSON.stringify(tags),
    at,
    at,
    isScheduledAnew ? 1 : 0,
    isScheduledAnew ? 1 : 0,
  );
  if (rule.eventPattern !== undefined) await requestRepositorySearch(sql, at);
  if (rule.scheduleExpression !== undefined) await requestWork(sql, scheduleKind, scheduleKey(scope, rule.name), at);
  return true;
}

async function countRules(sql: Statements, { account, region }: Scope): Promise<number> {
  const row = await sql.get<{ count: number }>(
    'select count(*) as count from event_rules where account = ? and region = ?',
    account,
    region,
  );
  return row?.count ?? 0;
}

async function setState(
  sql: Statements,
  scope: Scope,
  name: string,
  { state, at }: { state: EventRuleState; at: number },
): Promise<boolean> {
  const found = await sql.run(
    `update event_rules set state = ?,
       scheduled_from = case when state = 'DISABLED' and ? <> 'DISABLED' then cast(? as bigint) else scheduled_from end,
       scheduled_until = case when state = 'DISABLED' and ? <> 'DISABLED' then cast(? as bigint) else scheduled_until end
     where account = ? and region = ? and name = ?`,
    state,
    state,
    at,
    state,
    at,
    scope.account,
    scope.region,
    name,
  );
  if (found !== 1) return false;
  await requestRepositorySearch(sql, at);
  await requestWork(sql, scheduleKind, scheduleKey(scope, name), at);
  return true;
}

async function deleteRule(sql: Statements, scope: Scope, name: string): Promise<'deleted' | 'missing' | 'has targets'> {
  const { account, region } = scope;
  const present = await sql.get(
    'select name from event_rules where account = ? and region = ? and name = ? {{for update}}',
    account,
    region,
    name,
  );
  if (!present) return 'missing';
  const [target] = await listTargets(sql, scope, name, { afterId: '', limit: 1 });
  if (target) return 'has targets';
  await sql.run('delete from event_rules where account = ? and region = ? and name = ?', account, region, name);
  return 'deleted';
}
