import type { WriteGrantId } from '../../store/objects/object-index.ts';

/**
 * What a right to write lives by. The index decides under `id` in the transaction that makes the row; an external store
 * has no such transaction, so `isHeld` is asked before it gets the last of the bytes.
 */
export interface WriteGrant {
  id: WriteGrantId;
  isHeld(): Promise<boolean>;
}
