// @ts-check
// What an embedded server has written, as SQLite and Linux tell.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Where the index of the write-ahead log counts transactions: `iChange` of its header. */
const changeCounterAt = 8;

/**
 * Returns how many transactions have been committed, modulo 2³², and how many bytes were written to disk so far: of the
 * write-ahead log, of checkpoints and of files.
 *
 * @param {import('./server-process.mjs').ServerProcess} server
 * @param {string} data its data folder
 */
export function embeddedWork(server, data) {
  // It lies there in the byte order of the machine.
  const counter = new Uint32Array(1);
  const index = openSync(join(data, 'millrace.sqlite-shm'), 'r');
  try {
    readSync(index, counter, 0, counter.byteLength, changeCounterAt);
  } finally {
    closeSync(index);
  }
  const [, bytes] = /^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${server.child.pid}/io`, 'utf8')) ?? [];
  return { commits: counter[0] ?? 0, bytes: Number(bytes) };
}
