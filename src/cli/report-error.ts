import { CommanderError } from 'commander';
import { CageError } from '../cages/cage.ts';
import { ConfigurationError } from '../config/setting.ts';
import { DataFolderError } from '../installation/data-folder.ts';
import { OwnApiError } from './own-api.ts';
import type { Terminal } from './terminal.ts';

/** Something the operator can fix: its message says what, and a stack would not help. */
class OperatorError extends Error {}

/** Runs `work`, whose errors all have messages for the operator. */
export async function withoutStacks(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new OperatorError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Prints why a command failed and returns its exit code: 1 could not run, 2 invalid options. */
export function reportError(error: unknown, terminal: Terminal): number {
  // The option parser has printed its own message, or the help or version it was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  terminal.complain(`millrace: ${isForOperator(error) ? message : stack}`);
  return error instanceof ConfigurationError ? 2 : 1;
}

/** Anything else is a bug or a broken machine, and a report needs the stack. */
function isForOperator(error: unknown): boolean {
  const kinds = [CageError, ConfigurationError, DataFolderError, OperatorError, OwnApiError];
  return kinds.some((kind) => error instanceof kind) || isUnreadableFile(error);
}

/** Returns whether a file named on the command line cannot be read, which the system's message explains. */
function isUnreadableFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}
