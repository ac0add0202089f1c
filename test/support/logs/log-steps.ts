import { createHash } from 'node:crypto';
import type { BlockStore } from '../../../src/logs/block-store.ts';
import { createLogHome, type LogHome, type NewText } from '../../../src/logs/log-home.ts';
import type { LogEnd, Store } from '../../../src/store/store.ts';
import { scope } from '../pipelines/declarations.ts';

/** Blocks in memory, by the names of their objects. */
export function blocksInMemory(): BlockStore & { stored: Map<string, Buffer> } {
  const stored = new Map<string, Buffer>();
  return {
    stored,
    async put({ bytes }, commit) {
      const objectKey = createHash('sha256').update(bytes).update(String(stored.size)).digest('hex');
      stored.set(objectKey, bytes);
      if (!(await commit({ objectKey }))) stored.delete(objectKey);
    },
    async get(_account, { place }) {
      return 'objectKey' in place ? stored.get(place.objectKey) : undefined;
    },
    async remove(_account, place) {
      if ('objectKey' in place) stored.delete(place.objectKey);
    },
  };
}

/** Returns the home of a store's logs. */
export function logHomeOf(store: Store, blocks: BlockStore | undefined): LogHome {
  return createLogHome({
    logs: store.logs,
    blocks,
    onUnsealed: (_id, error) => {
      throw error;
    },
  });
}

/** Appends to the log of a job in group `jobs`, with a limit of 10 MiB unless given. */
export async function appendToJob(
  home: LogHome,
  id: string,
  text: string,
  more: Partial<NewText> = {},
): Promise<LogEnd | undefined> {
  const log = { ...scope, id, group: 'jobs', stream: id };
  return home.appendToJob({ log, text, at: 0, limitBytes: 10 * 1024 * 1024, hasLastLines: false, ...more });
}

/** What a log says from an offset on. */
export async function readText(home: LogHome, id: string, offset = 0) {
  const slice = await home.read(id, offset);
  const { held, isCut = false } = slice?.log ?? {};
  return {
    text: slice?.bytes.toString() ?? '',
    nextOffset: slice?.nextOffset ?? 0,
    isCut,
    ...(held === undefined ? {} : { held }),
  };
}
