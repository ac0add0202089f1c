import { offsetOfTime } from '../../../logs/find-line.ts';
import { batchesOf, type LogLine } from '../../../logs/log-lines.ts';
import { type FoundLines, searchLog } from '../../../logs/search-log.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Log } from '../../../store/logs/logs.ts';
import type { Dependencies } from '../../dependencies.ts';
import { isLogEnded } from '../../millrace/logs/log-owner.ts';

/** Instants in ms; `until` is the first one after the range. */
export interface LogRange {
  from: number;
  until: number;
}

interface EventSearch extends LogRange {
  log: Log;
  limit: number;
  /** Where to go on, in bytes. */
  offset?: number;
}

/** Events between two positions of a log. */
interface EventPage {
  lines: LogLine[];
  startOffset: number;
  endOffset: number;
}

/** Finds events from the position or the start of the range on. */
export async function findEvents(
  search: EventSearch & { matches?: (text: string) => boolean },
  scope: Scope,
  dependencies: Dependencies,
): Promise<FoundLines> {
  const { log, from, until, limit, matches = () => true } = search;
  const { logs, store } = dependencies;
  const offset = search.offset ?? (await offsetOfTime(log.id, from, { logs: store.logs, home: logs }));
  return searchLog(logs, {
    id: log.id,
    offset,
    limit,
    isEnded: await isLogEnded(log.id, scope, dependencies),
    matches: ({ at, text }) => at >= from && at < until && matches(text),
  });
}

export async function forwardPage(search: EventSearch, scope: Scope, dependencies: Dependencies): Promise<EventPage> {
  const { lines, endOffset } = await findEvents(search, scope, dependencies);
  return { lines, startOffset: lines[0]?.offset ?? search.offset ?? endOffset, endOffset };
}

/** How much of a log is read backwards at once, in bytes: a response has at most a megabyte of text. */
const windowBytes = 1024 * 1024;

/** Finds the last events before the position, or before the end of the log. */
export async function backwardPage(search: EventSearch, scope: Scope, dependencies: Dependencies): Promise<EventPage> {
  const { log, from, until, limit } = search;
  const isEnded = await isLogEnded(log.id, scope, dependencies);
  const end = Math.min(search.offset ?? log.bytes, log.bytes);
  const begin = Math.max(0, end - windowBytes);
  const all: LogLine[] = [];
  // The window may begin within a line, which belongs to the one before.
  let isWithinLine = begin > 0;
  let startOffset = begin;
  let offset = begin;
  while (offset < end) {
    const slice = await dependencies.logs.read(log.id, offset);
    if (!slice || slice.nextOffset === offset) break;
    const sliceOffset = offset;
    for await (const { lines, nextOffset } of batchesOf(slice, { isEnded })) {
      if (isWithinLine) {
        lines.shift();
        startOffset = lines[0]?.offset ?? nextOffset;
        isWithinLine = false;
      }
      all.push(...lines.filter((line) => line.offset < end));
      offset = nextOffset;
    }
    if (offset === sliceOffset) break;
  }
  const lines = all.filter(({ at }) => at >= from && at < until).slice(-limit);
  const isAll = lines.length < limit;
  const firstOffset = isAll ? startOffset : (lines[0]?.offset ?? startOffset);
  return { lines, startOffset: firstOffset, endOffset: Math.min(end, offset) };
}
