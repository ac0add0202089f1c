import type { PatternTarget, RuleTarget } from '../../model/event-rule.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { requestRepositorySearch } from './repository-search.ts';

interface TargetRow {
  rule: string;
  id: string;
  target: string;
}

/** Lists the targets of a rule by their ids, after `afterId`, at most `limit`. */
export async function listTargets(
  sql: Statements,
  { account, region }: Scope,
  rule: string,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<RuleTarget[]> {
  const rows = await sql.all<TargetRow>(
    `select * from rule_targets where account = ? and region = ? and rule = ? and id > ? order by id limit ?`,
    account,
    region,
    rule,
    afterId,
    limit,
  );
  return rows.map(({ target }) => JSON.parse(target) as RuleTarget);
}

/** Adds targets to a rule and replaces those with the same ids; stores nothing if there would be more than `limit`. */
export async function putTargets(
  sql: Statements,
  scope: Scope,
  rule: string,
  { targets, limit, at }: { targets: RuleTarget[]; limit: number; at: number },
): Promise<'stored' | 'no rule' | 'full'> {
  const { account, region } = scope;
  if (!(await lockRule(sql, scope, rule))) return 'no rule';
  const present = await listTargets(sql, scope, rule, { afterId: '', limit });
  if (new Set([...present, ...targets].map(({ Id }) => Id)).size > limit) return 'full';
  for (const target of targets) {
    await sql.run(
      `insert into rule_targets (account, region, rule, id, arn, target, created_at) values (?, ?, ?, ?, ?, ?, ?)
       on conflict (account, region, rule, id) do update set arn = excluded.arn, target = excluded.target`,
      account,
      region,
      rule,
      target.Id,
      target.Arn,
      JSON.stringify(target),
      at,
    );
  }
  await requestRepositorySearch(sql, at);
  return 'stored';
}

/** Removes targets by their ids. Returns the ids that the rule has not, or undefined if there is no such rule. */
export async function removeTargets(
  sql: Statements,
  scope: Scope,
  rule: string,
  ids: string[],
): Promise<string[] | undefined> {
  if (!(await lockRule(sql, scope, rule))) return undefined;
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    const removed = await sql.run(
      'delete from rule_targets where account = ? and region = ? and rule = ? and id = ?',
      scope.account,
      scope.region,
      rule,
      id,
    );
    if (removed === 0) missing.push(id);
  }
  return missing;
}

/** Locks the row of a rule until the commit, so that it is not deleted meanwhile; false if there is none. */
async function lockRule(sql: Statements, { account, region }: Scope, name: string): Promise<boolean> {
  const row = await sql.get(
    'select name from event_rules where account = ? and region = ? and name = ? {{for update}}',
    account,
    region,
    name,
  );
  return row !== undefined;
}

/** Lists the names of rules that have a target with this ARN, after `afterName`, at most `limit`. */
export async function rulesOfTarget(
  sql: Statements,
  { account, region }: Scope,
  arn: string,
  { afterName, limit }: { afterName: string; limit: number },
): Promise<string[]> {
  const rows = await sql.all<Pick<TargetRow, 'rule'>>(
    `select distinct rule from rule_targets where account = ? and region = ? and arn = ? and rule > ?
     order by rule limit ?`,
    account,
    region,
    arn,
    afterName,
    limit,
  );
  return rows.map(({ rule }) => rule);
}

/** Lists the targets of enabled rules that have a pattern. */
export async function listPatternTargets(sql: Statements, { account, region }: Scope): Promise<PatternTarget[]> {
  const rows = await sql.all<{ rule: string; id: string; event_pattern: string; created_at: number }>(
    `select rule, id, event_pattern, created_at from rule_targets
     join event_rules using (account, region)
     where account = ? and region = ? and event_rules.name = rule_targets.rule and state <> 'DISABLED'
       and event_pattern is not null
     order by rule, id`,
    account,
    region,
  );
  return rows.map(({ rule, id, event_pattern, created_at }) => ({
    rule,
    targetId: id,
    eventPattern: event_pattern,
    createdAt: created_at,
  }));
}

/** Lists the patterns of enabled rules that have a target, of all accounts and Regions. */
export async function listPatterns(sql: Statements): Promise<(Scope & { eventPattern: string })[]> {
  const rows = await sql.all<Scope & { event_pattern: string }>(
    `select distinct account, region, event_pattern from event_rules
     where state <> 'DISABLED' and event_pattern is not null and exists (
       select 1 from rule_targets where rule_targets.account = event_rules.account
         and rule_targets.region = event_rules.region and rule_targets.rule = event_rules.name)`,
  );
  return rows.map(({ account, region, event_pattern }) => ({ account, region, eventPattern: event_pattern }));
}

/** Reports whether any rule has a target. */
export async function hasTargets(sql: Statements): Promise<boolean> {
  return (await sql.get('select 1 as found from rule_targets limit 1')) !== undefined;
}
