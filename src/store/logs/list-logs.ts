import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { keysAfter } from '../objects/key-range.ts';
import type { Log } from './log-model.ts';
import { type LogRow, toLog } from './log-rows.ts';

/** Lists groups by their names, after the name `after`. */
export async function listGroups(
  sql: Statements,
  { account, region }: Scope,
  { prefix, after, limit }: { prefix: string; after: string; limit: number },
): Promise<{ name: string; createdAt: number }[]> {
  const range = keysAfter('name', { after, prefix });
  const rows = await sql.all<{ name: string; created_at: number }>(
    `select name, created_at from log_groups where account = ? and region = ? and ${range.condition}
     order by name limit ?`,
    ...[account, region, ...range.parameters, limit],
  );
  return rows.map(({ name, created_at: createdAt }) => ({ name, createdAt }));
}

/** Which logs of a group are listed: by name those with a prefix, or by when they were last written. */
export type StreamSearch = { group: string; isDescending: boolean; limit: number } & (
  | { order: 'name'; prefix: string; after?: string }
  | { order: 'time'; writtenFrom: number; after?: { lastWrittenAt: number; stream: string } }
);

/** Lists the logs of a group. */
export async function listStreams(sql: Statements, { account, region }: Scope, search: StreamSearch): Promise<Log[]> {
  const { group, isDescending, limit } = search;
  const { condition, order, parameters } = search.order === 'name' ? byName(search) : byTime(search);
  const direction = isDescending ? 'desc' : 'asc';
  const rows = await sql.all<LogRow>(
    `select * from logs where account = ? and region = ? and log_group = ? and removed_at is null and ${condition}
     order by ${order.map((column) => `${column} ${direction}`).join(', ')} limit ?`,
    ...[account, region, group, ...parameters, limit],
  );
  return rows.map(toLog);
}

type By<Order> = Extract<StreamSearch, { order: Order }>;

function byName({ prefix, after, isDescending }: By<'name'>) {
  const order = ['log_stream'];
  if (!isDescending || after === undefined) {
    const range = keysAfter('log_stream', { after: isDescending ? '' : (after ?? ''), prefix });
    return { condition: range.condition, order, parameters: range.parameters };
  }
  return { condition: 'log_stream >= ? and log_stream < ?', order, parameters: [prefix, after] };
}

function byTime({ writtenFrom, after, isDescending }: By<'time'>) {
  const order = ['last_written_at', 'log_stream'];
  if (!after) return { condition: 'last_written_at >= ?', order, parameters: [writtenFrom] };
  const condition = `last_written_at >= ? and (last_written_at, log_stream) ${isDescending ? '<' : '>'} (?, ?)`;
  return { condition, order, parameters: [writtenFrom, after.lastWrittenAt, after.stream] };
}
