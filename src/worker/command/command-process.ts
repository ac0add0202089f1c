import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { nothingHeld, type SecretMask } from '../../masking/secret-mask.ts';
import { type ProcessGroups, signalGroup } from './process-groups.ts';

/** Longer lines are split, after masking: a secret may extend over two pieces. */
const maxLineChars = 16_384;
/** How long output is read after the command ended, if a process it left behind keeps the pipe open. */
const outputDrainMs = 2000;
/** The same for an aborted command, whose report must not wait. */
const abortedDrainMs = 200;

/** Time between SIGTERM and SIGKILL. */
const killGraceMs = 10_000;

/** A command to run; `onLines` is awaited, so a slow reader slows the command instead of filling memory. */
export interface CommandProcess {
  command: readonly string[];
  cwd: string;
  environment: NodeJS.ProcessEnv;
  /** Masks secrets in a stream before it is split into lines. */
  mask: SecretMask;
  onLines(stream: 'stdout' | 'stderr', lines: string[]): Promise<void>;
  signal: AbortSignal;
  /** Tracks the command while it runs. */
  groups?: ProcessGroups;
}

/** How the command ended: with an exit code or by a signal. */
export interface ProcessEnd {
  exitCode: number | null;
  signalName: string | null;
}

/**
 * Runs a command in its own process group and waits for its end. What is left of the group is then killed, so that
 * nothing keeps running in a deleted folder. Rejects if the command cannot be started.
 */
export async function runProcess(options: CommandProcess): Promise<ProcessEnd> {
  const { command, cwd, environment, groups, mask, onLines, signal } = options;
  const [file = '', ...args] = command;
  // Process groups exist on POSIX systems only; elsewhere only the command itself is ended.
  const detached = process.platform !== 'win32';
  const child = spawn(file, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached });
  groups?.add(child);
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signalName) => resolve({ exitCode, signalName }));
  });
  const reading = Promise.allSettled([
    readLines(child.stdout, mask, (lines) => onLines('stdout', lines)),
    readLines(child.stderr, mask, (lines) => onLines('stderr', lines)),
  ]);
  let killTimer: NodeJS.Timeout | undefined;
  const endGroup = (): void => {
    signalGroup(child, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), killGraceMs);
  };
  signal.addEventListener('abort', endGroup, { once: true });
  if (signal.aborted) endGroup();
  try {
    const end = await ended;
    signalGroup(child, 'SIGKILL');
    const drainTimer = setTimeout(
      () => {
        child.stdout.destroy();
        child.stderr.destroy();
      },
      signal.aborted ? abortedDrainMs : outputDrainMs,
    );
    await reading;
    clearTimeout(drainTimer);
    return end;
  } finally {
    groups?.remove(child);
    clearTimeout(killTimer);
    signal.removeEventListener('abort', endGroup);
  }
}

async function readLines(
  stream: Readable,
  mask: SecretMask,
  onLines: (lines: string[]) => Promise<void>,
): Promise<void> {
  stream.setEncoding('utf8');
  let rest = '';
  let held = nothingHeld;
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const masked = mask.next(held, chunk);
      held = masked.held;
      const lines = (rest + masked.text).split('\n');
      rest = lines.pop() ?? '';
      while (rest.length > maxLineChars) {
        lines.push(rest.slice(0, maxLineChars));
        rest = rest.slice(maxLineChars);
      }
      if (lines.length > 0) await onLines(lines.map((line) => line.replace(/\r$/, '')));
    }
  } catch (error) {
    // Closed on purpose, because a process left behind keeps the pipe open; what was read still counts.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
  rest += mask.end(held);
  if (rest !== '') await onLines([rest]);
}
