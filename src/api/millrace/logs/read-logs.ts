import type { GetLogOutput } from '../../../contract/generated.ts';
import { findFailure } from '../../../logs/build-marks.ts';
import { offsetOfLine } from '../../../logs/find-line.ts';
import { searchLog as search } from '../../../logs/search-log.ts';
import { logWake } from '../../../store/logs/logs.ts';
import type { Dependencies } from '../../dependencies.ts';
import { holdCall } from '../held-call.ts';
import { ownOperation } from '../operation.ts';
import { namedLog, requireLogOwner } from './log-owner.ts';
import { readLogPage } from './log-page.ts';

/** Reads the log of a build or job, and may wait for more. */
export const getLog = ownOperation('GetLog', {
  resource: namedLog,
  async run(input, call, dependencies) {
    const { waitSeconds = 0 } = input;
    const { logId } = await requireLogOwner(input.logId, call, dependencies);
    const start = await startOf({ ...input, logId }, dependencies);
    const hold = { wakeName: logWake(logId), waitSeconds, signal: call.signal };
    return holdCall<GetLogOutput>(hold, dependencies, async () => {
      // Looked up before the text: what was written before the end is not missed.
      const owner = await requireLogOwner(input.logId, call, dependencies);
      const { isEnd, ...page } = await readLogPage(owner, start, dependencies);
      const nextOffset = Math.max(start, page.nextOffset);
      const isComplete = isEnd && owner.isEnded;
      return { answer: { ...page, nextOffset, isComplete }, isOver: page.text !== '' || isComplete };
    });
  },
});

interface Start {
  logId: string;
  offset?: number;
  line?: number;
  lastLines?: number;
}

/** Returns the offset at which a call wants to begin. */
async function startOf({ logId, offset, line, lastLines }: Start, { store, logs }: Dependencies): Promise<number> {
  if (offset !== undefined) return offset;
  const first = lastLines === undefined ? line : ((await store.logs.find(logId))?.lines ?? 0) - lastLines;
  return offsetOfLine(logId, first ?? 0, { logs: store.logs, home: logs });
}

/** Longer lines are cut in the results of a search. */
const mostLineCharacters = 1000;

const defaultMatches = 100;

/** Finds lines of a log that contain a text. */
export const searchLog = ownOperation('SearchLog', {
  resource: namedLog,
  async run(input, call, dependencies) {
    const { text, isCaseSensitive = false, offset = 0, maxResults = defaultMatches } = input;
    const { isEnded, logId } = await requireLogOwner(input.logId, call, dependencies);
    const wanted = isCaseSensitive ? text : text.toLowerCase();
    const found = await search(dependencies.logs, {
      id: logId,
      offset,
      limit: maxResults,
      isEnded,
      matches: (line) => (isCaseSensitive ? line.text : line.text.toLowerCase()).includes(wanted),
    });
    const { lines, nextOffset, endOffset } = found;
    return {
      matches: lines.map(({ at, text: line, ...place }) => ({
        ...place,
        writtenAt: at,
        text: line.slice(0, mostLineCharacters),
      })),
      searchedOffset: endOffset,
      ...(nextOffset === undefined ? {} : { nextOffset }),
    };
  },
});

/** Describes a log: its size, its phases and commands, and where the build failed. */
export const describeLog = ownOperation('DescribeLog', {
  resource: namedLog,
  async run(input, call, dependencies) {
    const owner = await requireLogOwner(input.logId, call, dependencies);
    const { logId } = owner;
    const log = await dependencies.store.logs.find(logId);
    const marks = log ? await dependencies.store.logs.marks(logId) : [];
    const failure = findFailure(marks);
    return {
      logId,
      logGroup: owner.group,
      logStream: owner.stream,
      bytes: log?.bytes ?? 0,
      lines: log?.lines ?? 0,
      isCut: log?.isCut ?? false,
      isComplete: owner.isEnded,
      marks,
      ...(log && { createdAt: log.createdAt, lastWrittenAt: log.lastWrittenAt }),
      ...(failure && { failure }),
    };
  },
});
