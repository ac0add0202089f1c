import { randomUUID } from 'node:crypto';
import type { Notifications } from '../notifications.ts';
import { openListenConnection } from './listen-connection.ts';

/** A notification carries at most 8,000 bytes; more names go into the next one. */
const mostBytes = 7500;

/** Notifications that reach all nodes. */
export interface PgNotifications extends Notifications {
  close(): Promise<void>;
}

/**
 * Shares the notifications of a process with all other nodes through `notify`. Names are collected while a notification
 * is being sent, so that a busy node sends few. Notifications that a broken connection loses are made up for by periodic
 * checks, and after a gap everything is woken.
 */
export function createPgNotifications(local: Notifications, url: string): PgNotifications {
  const self = randomUUID();
  let pending = new Set<string>();
  let isSending = false;
  const connection = openListenConnection(
    { url, name: 'millrace_wakes' },
    { onMessage: (payload) => receive(payload, self, local), onOpen: () => local.wakeAll() },
  );
  const send = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    try {
      while (pending.size > 0) {
        const names = [...pending];
        pending = new Set();
        for (const queues of batches(names)) await connection.send(JSON.stringify({ from: self, queues }));
      }
    } catch {
      // The connection has failed: the other nodes find what is new by their periodic checks.
    } finally {
      isSending = false;
    }
  };
  return {
    ...local,
    wake(names) {
      const woken = [...names];
      local.wake(woken);
      for (const name of woken) pending.add(name);
      void send();
    },
    close: () => connection.close(),
  };
}

function receive(payload: string, self: string, local: Notifications): void {
  try {
    const { from, queues } = JSON.parse(payload) as { from?: unknown; queues?: unknown };
    if (from !== self && Array.isArray(queues)) local.wake(queues.map(String));
  } catch {
    // Other users of the database may send anything on this channel.
  }
}

function batches(names: string[]): string[][] {
  const all: string[][] = [[]];
  let bytes = 0;
  for (const name of names) {
    const ownBytes = Buffer.byteLength(JSON.stringify(name)) + 1;
    if (bytes + ownBytes > mostBytes) {
      all.push([]);
      bytes = 0;
    }
    bytes += ownBytes;
    all.at(-1)?.push(name);
  }
  return all;
}
