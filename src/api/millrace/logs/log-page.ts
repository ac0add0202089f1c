import type { Dependencies } from '../../dependencies.ts';
import { releaseHeld } from './held-log-text.ts';
import type { LogOwner } from './log-owner.ts';

/** A part of a log's text as responses have it. */
export interface LogPage {
  text: string;
  /** Where it begins, in bytes and in line ends before it. */
  offset: number;
  line: number;
  nextOffset: number;
  /** Whether the text ends where the log ends now. */
  isEnd: boolean;
  isCut: boolean;
}

/** Reads a log from `offset` on; of a job that has ended also what was held back. */
export async function readLogPage(owner: LogOwner, offset: number, dependencies: Dependencies): Promise<LogPage> {
  const slice = await dependencies.logs.read(owner.logId, offset);
  if (!slice) return { text: '', offset: 0, line: 0, nextOffset: 0, isEnd: true, isCut: false };
  const { log, startOffset, firstLine: line, nextOffset, isEnd } = slice;
  const { held, isCut } = log;
  const page = { text: slice.bytes.toString(), offset: startOffset, line, nextOffset, isEnd, isCut };
  if (!owner.record || !owner.isEnded || !isEnd || held === undefined) return page;
  return { ...page, ...releaseHeld(owner.record, { ...page, held, offset }, dependencies) };
}
