import { isAbsolute, relative } from 'node:path';

/** What a command sees of the process around it, so that tests can stand in for it. */
export interface Terminal {
  env: Record<string, string | undefined>;
  /** How this program is called from the current folder: `millrace`, or a path such as `bin/millrace`. */
  program: string;
  /** Whether a person reads standard output. */
  isInteractive: boolean;
  /** Writes one line to standard output. */
  print(line: string): void;
  /** Writes one line to standard error. */
  complain(line: string): void;
  /** Calls `listener` for every request to stop; a closed terminal is one for those who ask for SIGHUP. */
  onStopSignal(listener: (signal: StopSignal) => void, signals?: readonly StopSignal[]): void;
  /** Calls `listener` at each SIGHUP, which ends the process until the first call. */
  onReload(listener: () => void): void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** What every command gets. */
export interface CommandContext {
  terminal: Terminal;
  /** Sets the exit code of a command that ends by itself. */
  finish(code: number): void;
}

/** The signals that ask a command to stop. */
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

const exitCodeBySignal: Record<StopSignal, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The terminal of this very process. */
export function processTerminal(): Terminal {
  // A full disk or a reader that has gone loses a line; without a listener it would end the process.
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
  };
}

function programName(): string {
  const path = relative('', process.argv[1] ?? '');
  return path === '' || path.startsWith('..') || isAbsolute(path) ? 'millrace' : path;
}

function ignoreError(): void {}

/** How a command takes stop signals. */
interface Stopping {
  /** Called at the second signal, which ends the process at once otherwise. */
  hurry?: () => void;
  signals?: readonly StopSignal[];
}

/**
 * Resolves at the first stop signal; the last one ends the process at once, with the code a shell gives to a killed
 * program. It listens from the call on: a signal during a slow start must not be lost.
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
