import { isAbsolute, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';

/** What a command uses of its process; tests replace it. */
export interface Terminal {
  env: Record<string, string | undefined>;
  /** How to call this program from the current folder: `millrace`, or a path such as `bin/millrace`. */
  program: string;
  /** Whether standard output is a terminal. */
  isInteractive: boolean;
  /** Writes one line to standard output. */
  print(line: string): void;
  /** Writes one line to standard error. */
  complain(line: string): void;
  /** Calls `listener` for every stop signal; `signals` may include SIGHUP, which a closed terminal sends. */
  onStopSignal(listener: (signal: StopSignal) => void, signals?: readonly StopSignal[]): void;
  /** Calls `listener` at each SIGHUP, which by default ends the process. */
  onReload(listener: () => void): void;
  /** Ends the process now. */
  exit(code: number): void;
  /** Present if standard output is a terminal that can be drawn on. */
  screen?: Screen;
  /** Asks the user and returns a line; present if standard input is a terminal. Rejects when `signal` aborts. */
  ask?(question: string, signal: AbortSignal): Promise<string>;
}

/** A terminal whose lines can be replaced. */
export interface Screen {
  write(text: string): void;
  size(): { columns: number; rows: number };
  hasColor: boolean;
}

/** What every command gets. */
export interface CommandContext {
  terminal: Terminal;
  /** Sets the exit code of a command that ends by itself. */
  finish(code: number): void;
}

/** The signals that ask a command to stop. */
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** The codes that shells use for a program that a signal ended. */
export const exitCodeBySignal: Record<StopSignal, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Returns the terminal of this process. */
export function processTerminal(): Terminal {
  // A full disk or a closed pipe loses a line; without a listener it would end the process.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreError);
  return {
    env: process.env,
    program: programName(),
    isInteractive: process.stdout.isTTY === true,
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    onStopSignal(listener, signals = ['SIGTERM', 'SIGINT']) {
      for (const signal of signals) process.on(signal, () => listener(signal));
    },
    onReload: (listener) => void process.on('SIGHUP', listener),
    exit: (code) => process.exit(code),
    ...(process.stdout.isTTY && process.env.TERM !== 'dumb' && { screen: processScreen(process.stdout) }),
    ...(process.stdin.isTTY && { ask: askOnTerminal }),
  };
}

function processScreen(stream: NodeJS.WriteStream): Screen {
  return {
    write: (text) => void stream.write(text),
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
    hasColor: stream.hasColors(),
  };
}

async function askOnTerminal(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // In a question Ctrl-C is a key, and not yet a signal.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}

function programName(): string {
  const path = relative('', process.argv[1] ?? '');
  return path === '' || path.startsWith('..') || isAbsolute(path) ? 'millrace' : path;
}

function ignoreError(): void {}

/** How a command reacts to stop signals. */
interface Stopping {
  /** Called at the second signal, which otherwise ends the process now. */
  hurry?: () => void;
  signals?: readonly StopSignal[];
}

/**
 * Resolves at the first stop signal; the last one ends the process now, with the code that shells use for a killed
 * program. It listens from the call on, so that a signal during a slow start is not lost.
 */
export function untilStopped(terminal: Terminal, { hurry, signals }: Stopping = {}): Promise<StopSignal> {
  let count = 0;
  return new Promise((resolve) => {
    terminal.onStopSignal((signal) => {
      count += 1;
      if (count === 1) resolve(signal);
      else if (count === 2 && hurry) hurry();
      else terminal.exit(exitCodeBySignal[signal]);
    }, signals);
  });
}
