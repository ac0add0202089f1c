import type { ChildProcess } from 'node:child_process';

/** The running commands of a worker, each with all that it started. */
export class ProcessGroups {
  private readonly running = new Set<ChildProcess>();

  add(child: ChildProcess): void {
    this.running.add(child);
  }

  remove(child: ChildProcess): void {
    this.running.delete(child);
  }

  /** Ends every command with all of its group, at once and synchronously: also from an exit handler. */
  killAll(): void {
    for (const child of this.running) signalGroup(child, 'SIGKILL');
  }
}

/** Sends a signal to a command and all that it started; one that has ended is left alone. */
export function signalGroup(child: ChildProcess, signalName: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signalName);
    else process.kill(-child.pid, signalName);
  } catch {
    // The group is empty, which is what was wanted.
  }
}
