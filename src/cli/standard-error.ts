import { fstatSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { LogOutput } from './log-stream.ts';

const descriptor = 2;

/**
 * Returns standard error as an output of a log. Node.js writes to pipes asynchronously, but to files synchronously,
 * where a full disk breaks the stream, so files are written by threads. A pipe without a reader must not be written by
 * a thread, which would never return and keep the process from ending.
 */
export function standardErrorOutput(): LogOutput {
  return isFile() ? fileOutput() : streamOutput();
}

function isFile(): boolean {
  try {
    const kind = fstatSync(descriptor);
    return kind.isFile() || (kind.isCharacterDevice() && !isatty(descriptor));
  } catch {
    // Closed by the parent process: every write fails.
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
        // There is nowhere left to report it.
      }
    },
  };
}

function streamOutput(): LogOutput {
  const { stderr } = process;
  return {
    takesMany: true,
    write: (bytes, done) => void stderr.write(bytes, done),
    // The stream already has everything.
    writeLast: () => undefined,
  };
}
