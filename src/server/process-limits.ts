import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Limits } from '../http/limits.ts';

/** What the system allows this process. */
export interface ProcessLimits {
  /** Maximum of open files, including connections; infinite if unknown. */
  openFiles: number;
  memoryBytes: number;
}

/** Memory of the machine for each concurrent object transfer, which needs about an eighth of it. */
const memoryOfTransfer = 8 * 1024 * 1024;
const maxTransfers = 1024;

/** Files that the database, its log and the rest of the program keep open. */
const ownFiles = 32;

/** Reads the limits of this process; Node.js has already raised that of open files to its maximum. */
export function readProcessLimits(): ProcessLimits {
  return { openFiles: readOpenFiles(), memoryBytes: Math.min(totalmem(), process.constrainedMemory() || totalmem()) };
}

function readOpenFiles(): number {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    // Only Linux has this file.
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * Returns the port's limits that fit into the system's: connections leave a quarter of the open files, at most 1,024,
 * to objects and the database.
 */
export function portLimitsOf(
  maxConnections: number,
  { openFiles, memoryBytes }: ProcessLimits,
): Pick<Limits, 'maxConnections' | 'transfers'> {
  const reserved = Math.min(1024, Math.max(2 * ownFiles, Math.floor(openFiles / 4)));
  // A copy keeps two files open.
  const transfersByFiles = Math.floor((reserved - ownFiles) / 2);
  const all = Math.min(maxTransfers, transfersByFiles, Math.max(32, Math.floor(memoryBytes / memoryOfTransfer)));
  return {
    maxConnections: Math.min(maxConnections, Math.max(1, openFiles - reserved)),
    transfers: { all, ofCaller: Math.ceil(all / 4), waitMs: 30_000 },
  };
}
