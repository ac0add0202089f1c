import type { WriteLog } from '../builds/build-log.ts';
import { sleep as realSleep, type Sleep } from '../worker/loop/sleep.ts';

/** A call that appends whole lines: see PutBuildLog. */
export interface LogChunk {
  text: string;
  offset?: number;
  omittedBytes?: number;
}

/** Appends to the log of a build; rejects if the build is not this runner's any more. */
export type PutText = (chunk: LogChunk) => Promise<{ nextOffset: number; isCut: boolean }>;

/** The log of a build on its way to the server. */
export interface LogSender {
  /** Takes lines, and waits while too many are on their way. */
  write: WriteLog;
  /** Resolves when everything was sent, or can't be. */
  close(): Promise<void>;
}

/** Most bytes of one call. */
const maxChunkBytes = 64 * 1024;
/** Longer lines are broken; a character has at most four bytes. */
const longestLine = maxChunkBytes / 4 - 1;
/** Writers wait while more is on its way. */
const maxPendingBytes = 1024 * 1024;
/** How long a little text waits for more. */
const gatherMs = 300;

interface Line {
  text: string;
  bytes: number;
}

/** Sends lines until it is closed. A log that the server has cut gets only its last lines, at the end. */
export function createLogSender(put: PutText, { sleep = realSleep }: { sleep?: Sleep } = {}): LogSender {
  const closing = new AbortController();
  let lines: Line[] = [];
  let pendingBytes = 0;
  let offset: number | undefined;
  let isCut = false;
  let omittedBytes = 0;
  let isOver = false;
  let sending: Promise<void> | undefined;
  let waiting: (() => void)[] = [];

  const append = async (chunk: LogChunk): Promise<void> => {
    try {
      ({ nextOffset: offset, isCut } = await put({ ...chunk, ...(offset !== undefined && { offset }) }));
    } catch {
      isOver = true;
    }
  };
  const send = async (): Promise<void> => {
    // What an attempt before has written stays.
    if (offset === undefined) await append({ text: '' });
    while (pendingBytes > 0 && !isOver && !isCut) {
      if (pendingBytes < maxChunkBytes) await sleep(gatherMs, closing.signal);
      const taken = takeChunk(lines);
      lines = lines.slice(taken.length);
      await append({ text: taken.map(({ text }) => text).join('') });
      pendingBytes -= sum(taken);
      for (const resume of waiting.splice(0)) resume();
    }
    if (isCut) keepLast();
    for (const resume of waiting.splice(0)) resume();
    sending = undefined;
  };
  const keepLast = (): void => {
    let count = 0;
    while (pendingBytes > maxChunkBytes) {
      const bytes = lines[count]?.bytes ?? 0;
      omittedBytes += bytes;
      pendingBytes -= bytes;
      count += 1;
    }
    if (count > 0) lines = lines.slice(count);
  };
  return {
    async write(texts) {
      if (isOver) return;
      for (const line of texts.flatMap(toLines)) {
        lines.push(line);
        pendingBytes += line.bytes;
      }
      if (isCut) return keepLast();
      sending ??= send();
      while (pendingBytes > maxPendingBytes && !isOver && !isCut) {
        await new Promise<void>((resume) => {
          waiting = [...waiting, resume];
        });
      }
    },
    async close() {
      closing.abort();
      await sending;
      if (!isCut || isOver) return;
      keepLast();
      await append({ text: lines.map(({ text }) => text).join(''), omittedBytes });
    },
  };
}

/** Returns the lines of a text with their line feeds, without U+0000, which can't be stored. */
function toLines(text: string): Line[] {
  const pieces = text.replaceAll('\0', '').match(new RegExp(`[^]{1,${longestLine}}`, 'gu')) ?? [''];
  return pieces.map((piece) => ({ text: `${piece}\n`, bytes: Buffer.byteLength(piece) + 1 }));
}

function takeChunk(lines: readonly Line[]): Line[] {
  let bytes = 0;
  let count = 0;
  for (const line of lines) {
    if (bytes + line.bytes > maxChunkBytes) break;
    bytes += line.bytes;
    count += 1;
  }
  return lines.slice(0, count);
}

function sum(lines: readonly Line[]): number {
  return lines.reduce((bytes, line) => bytes + line.bytes, 0);
}
