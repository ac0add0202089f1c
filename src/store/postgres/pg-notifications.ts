import { randomUUID } from 'node:crypto';
import type { Wakes } from '../notifications.ts';
import { openChannel } from './listen-connection.ts';

/** A notification carries 8,000 bytes; names beyond that go into the next one. */
const mostBytes = 7500;

/** Wake-ups that reach those who wait on any node. */
export interface SharedWakes extends Wakes {
  close(): Promise<void>;
}

/**
 * The wakes of one process, told to all others by `notify`. A hint and nothing more: names are gathered while a
 * notification is on its way, so that a busy node sends few, and what is lost with a connection is found by those who
 * look again now and then. After a gap everybody is woken.
 */
export function shareWakes(local: Wakes, url: string): SharedWakes {
  const self = randomUUID();
  let pending = new Set<string>();
  let isSending = false;
  const channel = openChannel(
    { url, name: 'millrace_wakes' },
    { onMessage: (payload) => hear(payload, self, local), onOpen: () => local.wakeAll() },
  );
  const send = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    try {
      while (pending.size > 0) {
        const names = [...pending];
        pending = new Set();
        for (const queues of portions(names)) await channel.send(JSON.stringify({ from: self, queues }));
      }
    } catch {
      // The connection has failed: the others look again by themselves.
    } finally {
      isSending = false;
    }
  };
  return {
    ...local,
    wake(queues) {
      const names = [...queues];
      local.wake(names);
      for (const name of names) pending.add(name);
      void send();
    },
    close: () => channel.close(),
  };
}

function hear(payload: string, self: string, local: Wakes): void {
  try {
    const { from, queues } = JSON.parse(payload) as { from?: unknown; queues?: unknown };
    if (from !== self && Array.isArray(queues)) local.wake(queues.map(String));
  } catch {
    // Whoever shares the database may say what he likes on the channel.
  }
}

function portions(names: string[]): string[][] {
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
