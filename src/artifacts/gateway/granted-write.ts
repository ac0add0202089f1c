import type { WriteGrant } from '../protocol/access.ts';
import { refusals } from '../protocol/s3-error.ts';

/** Rejects a write whose grant has ended. Called last, right before the store gets a request that creates an object. */
export async function requireGrant(grant: WriteGrant | undefined): Promise<void> {
  if (grant && !(await grant.isHeld())) throw refusals.grantEnded();
}

/**
 * Yields the bytes, then rejects if the grant has ended. The connection holds the last bytes back until then, so the
 * store never gets the whole of a rejected write. A grant that ends while the store commits goes unnoticed.
 */
export async function* whileGranted(
  chunks: AsyncIterable<Buffer>,
  grant: WriteGrant | undefined,
): AsyncGenerator<Buffer> {
  yield* chunks;
  await requireGrant(grant);
}
