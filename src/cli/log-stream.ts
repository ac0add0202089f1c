/** Writes bytes and calls `done` when they have left this process, or with the error if they are lost. */
export interface LogOutput {
  /** Whether further writes may start before earlier ones are done. */
  takesMany: boolean;
  write(bytes: Buffer, done: (error?: Error | null) => void): void;
  /** Writes the rest synchronously when the process ends; must not throw. */
  writeLast(bytes: Buffer): void;
}

/** A log that never blocks or ends the process. */
export interface LogStream {
  write(line: string): void;
  /** Returns the number of lines lost since the start: the output was too slow, or failed. */
  countDropped(): number;
  /** Resolves when everything is written, or after the timeout. */
  flush(timeoutMs: number): Promise<void>;
  /** Writes the rest synchronously, as far as the output allows. */
  end(): void;
}

const maxBatchBytes = 64 * 1024;

interface Batch {
  bytes: Buffer;
  lines: number;
}

/**
 * Writes lines to an output that may be slow, stuck or full: they wait in memory up to `maxHeldBytes`. More are dropped
 * and counted, and the next line that can be written reports their number.
 */
export function createLogStream(output: LogOutput, { maxHeldBytes = 1024 * 1024 } = {}): LogStream {
  let waiting: Batch[] = [];
  let heldBytes = 0;
  let isWriting = false;
  let dropped = 0;
  let reported = 0;
  let idle: (() => void)[] = [];

  const takeBatch = (): Batch => {
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && bytes < maxBatchBytes) bytes += waiting[count++]?.bytes.length ?? 0;
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return {
      bytes: taken.length === 1 && taken[0] ? taken[0].bytes : Buffer.concat(taken.map((line) => line.bytes)),
      lines: taken.reduce((sum, { lines }) => sum + lines, 0),
    };
  };
  const hold = (text: string, lines: number): void => {
    const bytes = Buffer.from(text);
    heldBytes += bytes.length;
    waiting.push({ bytes, lines });
  };
  const writeBatch = ({ bytes, lines }: Batch): void => {
    isWriting = true;
    output.write(bytes, (error) => {
      isWriting = false;
      heldBytes -= bytes.length;
      if (error) dropped += lines;
      else if (dropped > reported && waiting.length === 0) reportDropped();
      pump();
    });
  };
  /** Counts as no line, so that its own loss is not reported. */
  const reportDropped = (): void => {
    hold(droppedLine(dropped - reported), 0);
    reported = dropped;
  };
  const pump = (): void => {
    while (waiting.length > 0 && (!isWriting || output.takesMany)) writeBatch(takeBatch());
    if (waiting.length > 0 || heldBytes > 0) return;
    for (const resolve of idle) resolve();
    idle = [];
  };
  return {
    write(line) {
      if (heldBytes + line.length > maxHeldBytes) {
        dropped += 1;
        return;
      }
      hold(line, 1);
      pump();
    },
    countDropped: () => dropped,
    flush(timeoutMs) {
      if (heldBytes === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        idle.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    end() {
      if (waiting.length > 0) output.writeLast(Buffer.concat(waiting.map(({ bytes }) => bytes)));
      waiting = [];
    },
  };
}

function droppedLine(lines: number): string {
  return `${JSON.stringify({ level: 40, time: Date.now(), dropped: lines, msg: 'log lines were lost: the log could not be written' })}\n`;
}
