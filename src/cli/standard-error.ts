import { fstatSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { LogOutput } from './log-stream.ts';

const descriptor = 2;

/**
 * Standard error as an output of a log. Node.js writes to pipes and sockets without waiting, but to files at once, where
 * a full disk is an error of the stream; so files are written by threads. A pipe that nobody reads must not be written
 * by a thread: it would never come back, and the process could not end.
 */
export function standardErrorOutput(): LogOutput {
  return isFile() ? fileOutput() : streamOutput();
}

function isFile(): boolean {
  try {
    const kind = fstatSync(descriptor);
    return kind.isFile() || (kind.isCharacterDevice() && !isatty(descriptor));
  } catch {
    // Closed by whoever started the process: writing to it fails, and so does the stream's.
    return true;
  }
}

function fileOutput(): LogOutput {
  const writeAll = (bytes: Buffer, done: (error?: Error | null) => void): void => {
    write(descriptor, bytes, (error, written) => {
      if (error || written === bytes.length) done(error);
      else writeAll(bytes.subarray(written), done);
    });
  };
  return {
    takesMany: false,
    write: writeAll,
    writeLast(bytes) {
      try {
        writeSync(descriptor, bytes);
      } catch {
        // Nothing is left that could be told.
      }
    },
  };
}

function streamOutput(): LogOutput {
  const { stderr } = process;
  return {
    takesMany: true,
    write: (bytes, done) => void stderr.write(bytes, done),
    // All of it has been given to the stream.
    writeLast: () => undefined,
  };
}
