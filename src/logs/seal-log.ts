import type { LogRows } from '../store/logs/logs.ts';
import type { BlockStore } from './block-store.ts';
import { joinChunks, packText } from './block-text.ts';

/** Bytes of text in a block: small enough to be unpacked for a few lines. */
export const blockBytes = 256 * 1024;

/** A block may also consist of many tiny chunks. */
const chunksOfBlock = 500;

/**
 * Moves what is in the database into blocks as long as there is enough for one; of an idle log all of it. Another node may do
 * the same: then one of them changes nothing.
 */
export async function sealLog(
  id: string,
  { isIdle }: { isIdle: boolean },
  { logs, blocks }: { logs: LogRows; blocks: BlockStore },
): Promise<void> {
  for (;;) {
    const log = await logs.find(id);
    const unsealed = log ? await logs.unsealed(id) : [];
    const bytes = unsealed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const isEnough = bytes >= blockBytes || unsealed.length >= chunksOfBlock || (isIdle && bytes > 0);
    if (!log || !isEnough) return;
    let wanted = 0;
    let taken = 0;
    while (taken < unsealed.length && wanted < blockBytes) wanted += unsealed[taken++]?.sizeBytes ?? 0;
    const block = joinChunks(unsealed.slice(0, taken));
    if (!block) return;
    const { text, ...place } = block;
    const packed = await packText(text);
    let isMoved = false;
    await blocks.put({ log, startOffset: block.startOffset, bytes: packed }, async (stored) => {
      isMoved = await logs.addBlock(id, { ...place, storedBytes: packed.length, place: stored });
      return isMoved;
    });
    if (!isMoved) return;
  }
}
