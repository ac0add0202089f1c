import type { Scope } from '../../model/pipeline.ts';
import type { HookEvent, HookOutcome } from '../../model/sources/repository-hook.ts';
import type { PullRequestEvent } from '../../model/sources/source-ref.ts';
import type { RepositoryNames } from '../../model/sources/source-watch.ts';
import { deliveryMemoryMs } from '../../model/sources/webhook.ts';
import type { Statements } from '../database.ts';
import { requestRefsCheck } from '../event-rules/watched-repositories.ts';
import { addPullRequestEvents } from '../pipelines/pull-request-events.ts';
import { requestRepositoryChecks } from '../pipelines/repository-watches.ts';
import { addEventChecks } from './hook-checks.ts';
import { noteTrouble, noteVerified } from './hook-trouble.ts';

/** An event that was verified. */
export interface Recording {
  event: HookEvent;
  /** How source actions name its repository. */
  repository: RepositoryNames;
  /** Whether an update of a pull request counts only if its head has moved. */
  isMoveUnknown?: boolean;
  /** Whether the same body is the same event: bodies of forges have times and ids in them. */
  isBodyUnique: boolean;
  at: number;
}

/** What became of it. */
interface Recorded {
  outcome: HookOutcome;
  message: string;
  isRepeated: boolean;
  /** Whether its trouble has become an event. */
  isAnnounced?: boolean;
}

/**
 * Stores an event and asks for the checks of its repository, in one transaction: what was acknowledged is never lost. A
 * repetition only asks for the checks again, which costs little, and finds what an earlier one may have missed. Returns
 * undefined if the hook was deleted.
 */
export async function recordEvent(
  sql: Statements,
  hookId: string,
  recording: Recording,
): Promise<Recorded | undefined> {
  const { at, repository } = recording;
  const scope = await sql.get<Scope>(
    'select account, region from repository_hooks where id = ? {{for update}}',
    hookId,
  );
  if (!scope) return undefined;
  const first = await findFirst(sql, hookId, recording);
  if (first?.isUsed) {
    const { sequence, outcome } = first;
    await sql.run('update hook_events set repeats = repeats + 1, repeated_at = ? where sequence = ?', at, sequence);
    if (outcome === 'Accepted') await requestRepositoryChecks(sql, scope, repository, at);
    return { outcome, message: 'This event was received before.', isRepeated: true };
  }
  if (first) await deleteEvent(sql, first.sequence);
  const event = await withoutStandstill(sql, hookId, recording);
  const { outcome } = event;
  const { checkKeys, isUsed } =
    outcome === 'Accepted' ? await requestChecks(sql, scope, recording) : { checkKeys: [], isUsed: true };
  const message = isUsed ? event.message : unusedMessage;
  const sequence = await insertEvent(sql, hookId, { ...event, message }, at);
  await addEventChecks(sql, sequence, checkKeys);
  if (outcome !== 'Refused') await noteVerified(sql, hookId, at);
  const isAnnounced = outcome === 'Refused' && (await noteTrouble(sql, hookId, { message, at }));
  return { outcome, message, isRepeated: false, isAnnounced };
}

/** Makes the checks of an event due; that of a pull request is stored for them, since they can't find it. */
async function requestChecks(
  sql: Statements,
  scope: Scope,
  { event, repository, at }: Recording,
): Promise<{ checkKeys: string[]; isUsed: boolean }> {
  const { pullRequest } = event;
  if (pullRequest) await addPullRequestEvents(sql, scope, repository, [pullRequest], at);
  const checkKeys = await requestRepositoryChecks(sql, scope, repository, at);
  const isWatched = await requestRefsCheck(sql, scope, repository.name, at);
  return { checkKeys, isUsed: isWatched || checkKeys.length > 0 };
}

const unusedMessage = 'No source action or rule of this Region watches the repository for changes.';

/** An earlier row of an event. */
interface First {
  sequence: number;
  outcome: HookOutcome;
  /** False for one that was refused or that nothing watched: after that was corrected, people send it again. */
  isUsed: boolean;
}

/** Finds an earlier row of the same event. An attacker can change the id of a delivery, which is not signed. */
async function findFirst(
  sql: Statements,
  hookId: string,
  { event, isBodyUnique, at }: Recording,
): Promise<First | undefined> {
  const since = at - deliveryMemoryMs;
  type Row = { sequence: number; outcome: HookOutcome; checks: number };
  const find = (column: 'delivery_id' | 'body_hash', value: string) =>
    sql.get<Row>(
      `select e.sequence, e.outcome,
         (select count(*) from hook_event_checks c where c.event_sequence = e.sequence) as checks
       from hook_events e where e.hook_id = ? and e.${column} = ? and e.received_at >= ? order by e.sequence desc limit 1`,
      hookId,
      value,
      since,
    );
  const { deliveryId, bodyHash } = event;
  const byId = deliveryId === undefined ? undefined : await find('delivery_id', deliveryId);
  const row = byId ?? (isBodyUnique ? await find('body_hash', bodyHash) : undefined);
  if (!row) return undefined;
  const { sequence, outcome, checks } = row;
  return { sequence, outcome, isUsed: outcome === 'Accepted' ? checks > 0 : outcome !== 'Refused' };
}

/** An update of a pull request whose head is where it was is one of the title or the like. */
async function withoutStandstill(
  sql: Statements,
  hookId: string,
  { event, isMoveUnknown = false }: Recording,
): Promise<HookEvent> {
  const { pullRequest } = event;
  if (!pullRequest || !isMoveUnknown) return event;
  const row = await sql.get<{ pull_request: string }>(
    `select pull_request from hook_events where hook_id = ? and pull_request_id = ? and outcome <> 'Refused'
     order by sequence desc limit 1`,
    hookId,
    pullRequest.id,
  );
  const last = row && (JSON.parse(row.pull_request) as PullRequestEvent);
  if (last?.headCommit !== pullRequest.headCommit) return event;
  return { ...event, outcome: 'Ignored', message: 'The update of the pull request has no new commits.' };
}

async function insertEvent(sql: Statements, hookId: string, event: HookEvent, at: number): Promise<number> {
  const { changes, pullRequest } = event;
  const row = await sql.get<{ sequence: number }>(
    `insert into hook_events (hook_id, received_at, forge, event, delivery_id, body_hash, actor, changes, change_count,
       pull_request, pull_request_id, outcome, message)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning sequence`,
    hookId,
    at,
    event.forge,
    event.event,
    event.deliveryId ?? null,
    event.bodyHash,
    event.actor ?? null,
    changes.length === 0 ? null : JSON.stringify(changes),
    event.changeCount,
    pullRequest ? JSON.stringify(pullRequest) : null,
    pullRequest?.id ?? null,
    event.outcome,
    event.message,
  );
  if (!row) throw new Error('an event of a hook is missing after its insertion');
  return row.sequence;
}

/** Deletes events received before an instant, at most `limit`; true if there may be more. */
export async function pruneEvents(sql: Statements, before: number, limit: number): Promise<boolean> {
  const rows = await sql.all<{ sequence: number }>(
    'select sequence from hook_events where received_at < ? order by received_at limit ?',
    before,
    limit,
  );
  for (const { sequence } of rows) await deleteEvent(sql, sequence);
  return rows.length === limit;
}

async function deleteEvent(sql: Statements, sequence: number): Promise<void> {
  await sql.run('delete from hook_event_checks where event_sequence = ?', sequence);
  await sql.run('delete from hook_events where sequence = ?', sequence);
}
