import type { BuildLog } from './build-log.ts';

/** What of a command is kept in the log although the log is full: its end says what failed. */
const keptLines = 50;
const keptCharacters = 16_384;

/** A log whose commands may print a limited amount. */
export interface LimitedLog extends BuildLog {
  /** Returns the last lines that were printed since the last line of the build itself. */
  lastLines(): readonly string[];
}

/**
 * Limits what commands print into a log. Beyond `maxBytes` only the end of each command's output goes there, after a line
 * that says how much is missing; lines of the build itself always do.
 */
export function limitOutput({ note, output }: BuildLog, maxBytes: number): LimitedLog {
  let bytes = 0;
  let last: string[] = [];
  let missing = { lines: 0, bytes: 0 };
  const flush = async (): Promise<void> => {
    if (missing.lines === 0) return;
    const kept = endOf(last);
    const lines = missing.lines - Math.min(kept.length, missing.lines);
    const said = `The log is full with ${maxBytes} bytes of output: ${lines} lines of this command are left out before its last ones`;
    missing = { lines: 0, bytes: 0 };
    if (lines > 0) await note(said);
    await output(kept);
  };
  return {
    async note(text) {
      await flush();
      last = [];
      await note(text);
    },
    async output(lines) {
      last = endOf([...last, ...lines.slice(-keptLines)]);
      const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
      if (missing.lines === 0 && bytes + size <= maxBytes) {
        bytes += size;
        await output(lines);
        return;
      }
      bytes = maxBytes;
      missing = { lines: missing.lines + lines.length, bytes: missing.bytes + size };
    },
    lastLines: () => last,
  };
}

/** Returns the last lines of some, as many as are kept. */
function endOf(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let characters = 0;
  for (let at = lines.length - 1; at >= 0 && kept.length < keptLines; at -= 1) {
    const line = lines[at] ?? '';
    characters += line.length;
    if (characters > keptCharacters && kept.length > 0) break;
    kept.unshift(line);
  }
  return kept;
}
