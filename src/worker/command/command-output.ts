import type { Job } from '../../contract/generated.ts';

/** Receives the output of one job's command, in lines with masked secrets. */
export interface OutputSink {
  /** Awaited, so that a slow sink slows the command instead of filling memory. A rejection fails the job. */
  write(stream: 'stdout' | 'stderr', lines: readonly string[]): Promise<void>;
  /** Called once, after the last line. */
  close?(): Promise<void>;
}

/** Opens the sink of a job before its command starts. */
export type OpenOutput = (job: Job) => OutputSink;

/** The worker's own output. */
export interface Streams {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/** Creates sinks that write to the worker's own output, each line prefixed with the first letters of the job id. */
export function printOutput(streams: Streams): OpenOutput {
  return ({ id = '' }) => {
    const prefix = `[${id.slice(0, 8)}] `;
    return {
      write(stream, lines) {
        const text = lines.map((line) => `${prefix}${line}\n`).join('');
        // Resolved by the write, so that a full pipe of the worker slows the command.
        return new Promise((resolve) => streams[stream].write(text, () => resolve()));
      },
    };
  };
}

/** How much of a command's output becomes the failure message. */
const maxLines = 20;
const maxChars = 4000;

/** Keeps the last lines of a command's output. */
export interface OutputTail {
  add(line: string): void;
  /** Returns the last lines, oldest first, at most 20 lines and 4,000 characters. */
  text(): string;
}

/** Creates an empty tail. */
export function createOutputTail(): OutputTail {
  const lines: string[] = [];
  return {
    add(line) {
      lines.push(line);
      if (lines.length > maxLines) lines.shift();
    },
    text: () => lines.join('\n').trimEnd().slice(-maxChars),
  };
}

/** Passes output to several sinks, one after the other. */
export function teeOutput(...opens: OpenOutput[]): OpenOutput {
  return (job) => {
    const sinks = opens.map((open) => open(job));
    return {
      async write(stream, lines) {
        for (const sink of sinks) await sink.write(stream, lines);
      },
      async close() {
        for (const sink of sinks) await sink.close?.();
      },
    };
  };
}
