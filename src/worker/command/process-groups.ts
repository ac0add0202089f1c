import type { ChildProcess } from 'node:child_process';

/** The running commands of a worker, each with every process it started. */
export class ProcessGroups {
  private readonly running = new Set<ChildProcess>();

  add(child: ChildProcess): void {
    this.running.add(child);
  }

  remove(child: ChildProcess): void {
    this.running.delete(child);
  }

  /** Kills every command and its group synchronously, as an exit handler needs. */
  killAll(): void {
    for (const child of this.running) signalGroup(child, 'SIGKILL');
  }
}

/** Sends a signal to a command and every process it started, if any is left. */
export function signalGroup(child: ChildProcess, signalName: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signalName);
    else process.kill(-child.pid, signalName);
  } catch {
    // The group is already empty.
  }
}
