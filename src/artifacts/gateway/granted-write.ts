import type { WriteGrant } from '../protocol/access.ts';
import { refusals } from '../protocol/s3-error.ts';

/** Refuses a write whose grant has ended. The last thing done before a request that makes an object goes to the store. */
export async function requireGrant(grant: WriteGrant | undefined): Promise<void> {
  if (grant && !(await grant.isHeld())) throw refusals.grantEnded();
}

/**
 * The same bytes, ending in a refusal when the grant is not held by then. The connection keeps the last of them back
 * until they have ended, so the store never has the whole of what is refused; what is left is the time that the store
 * itself takes from there to its commit.
 */
export async function* whileGranted(
  chunks: AsyncIterable<Buffer>,
  grant: WriteGrant | undefined,
): AsyncGenerator<Buffer> {
  yield* chunks;
  await requireGrant(grant);
}
