import type { CloudWatchLogs } from '../../../contract/generated.ts';
import type { Log } from '../../../store/logs/logs.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { createPageToken, readPageToken } from '../../page-token.ts';
import { findEvents, type LogRange } from './log-events.ts';
import { notFound } from './log-group.ts';

interface FilterSearch extends LogRange {
  group: string;
  logStreamNames?: string[];
  logStreamNamePrefix?: string;
  filterPattern?: string;
  nextToken?: string;
  limit: number;
  matches(text: string): boolean;
}

/** Where a page goes on: a log by its place in the order of creation, and the bytes of it that were searched. */
interface Position {
  createdAt: number;
  stream: string;
  offset: number;
}

/** Logs that one call searches among. */
const mostStreams = 1000;

/** What one call finds and searches at most; the rest is for the next page. */
const mostTextBytes = 1024 * 1024;
const mostSearchedBytes = 8 * 1024 * 1024;

/** Finds the events of a page in the logs of a group, one log after the other, sorted by their instants. */
export async function filterPage(
  search: FilterSearch,
  call: Call,
  dependencies: Dependencies,
): Promise<CloudWatchLogs.FilterLogEventsResponse> {
  const { sealer } = dependencies;
  const { group, from, until, filterPattern = '', logStreamNames = [], logStreamNamePrefix = '', limit } = search;
  const belongsTo = [
    ...['FilterLogEvents', call.account, call.region, group, filterPattern, logStreamNamePrefix],
    ...[String(from), String(until), ...logStreamNames],
  ];
  const token = readPageToken<string>(sealer, belongsTo, search.nextToken, 'InvalidParameterException');
  const position = token === undefined ? undefined : (JSON.parse(token) as Position);
  const logs = (await streamsOf(search, call, dependencies)).filter((log) => !position || compare(log, position) >= 0);
  const events: CloudWatchLogs.FilteredLogEvent[] = [];
  let textBytes = 0;
  let searchedBytes = 0;
  let next: Position | undefined;
  for (const log of logs) {
    const { createdAt, stream } = log;
    const isFull = events.length >= limit || textBytes >= mostTextBytes || searchedBytes >= mostSearchedBytes;
    const isBegun = position?.stream === stream && position.offset > 0;
    const goesOn = isBegun ? { offset: position.offset } : {};
    if (isFull) {
      next = { createdAt, stream, offset: goesOn.offset ?? 0 };
      break;
    }
    const { lines, nextOffset, endOffset } = await findEvents(
      { log, from, until, limit: limit - events.length, matches: search.matches, ...goesOn },
      call,
      dependencies,
    );
    for (const { at, offset, text } of lines) {
      events.push({
        logStreamName: stream,
        timestamp: at,
        message: text,
        ingestionTime: at,
        eventId: `${stream}/${offset}`,
      });
      textBytes += text.length;
    }
    searchedBytes += endOffset - (goesOn.offset ?? 0);
    if (nextOffset !== undefined) {
      next = { createdAt, stream, offset: nextOffset };
      break;
    }
  }
  events.sort((left, right) => (left.timestamp ?? 0) - (right.timestamp ?? 0));
  // AWS has sent an empty list here since 2019.
  const searchedLogStreams: CloudWatchLogs.SearchedLogStream[] = [];
  if (!next) return { events, searchedLogStreams };
  return { events, searchedLogStreams, nextToken: createPageToken(sealer, belongsTo, JSON.stringify(next)) };
}

/** Lists the logs to search in the order of their creation, which doesn't change while they grow. */
async function streamsOf(
  { group, from, logStreamNames, logStreamNamePrefix }: FilterSearch,
  call: Call,
  { store }: Dependencies,
): Promise<Log[]> {
  const search = { group, isDescending: true, limit: mostStreams };
  if (logStreamNames) {
    const found = logStreamNames.map((stream) => store.logs.findStream({ ...call, group, stream }));
    const logs = await Promise.all(found);
    if (logs.includes(undefined)) throw notFound('stream');
    return logs.filter((log) => log !== undefined).sort(compare);
  }
  const logs =
    logStreamNamePrefix === undefined
      ? await store.logs.streams(call, { ...search, order: 'time', writtenFrom: from })
      : await store.logs.streams(call, { ...search, order: 'name', prefix: logStreamNamePrefix });
  return logs.sort(compare);
}

interface Created {
  createdAt: number;
  stream: string;
}

function compare(left: Created, right: Created): number {
  return left.createdAt - right.createdAt || (left.stream < right.stream ? -1 : left.stream > right.stream ? 1 : 0);
}
