import { type ErrorCode, ServiceError } from '../contract/errors.ts';
import { SealError, type Sealer } from '../identity/secrets/sealer.ts';

/**
 * Returns an opaque page token. It is sealed together with what it belongs to (operation, pipeline, filter), so a token
 * that is forged, damaged or from another listing is rejected (operations 1).
 */
export function createPageToken(sealer: Sealer, belongsTo: string[], position: string | number): string {
  return sealer.seal(JSON.stringify(position), tokenContext(belongsTo));
}

/** Returns the position in `token`; undefined without a token. Throws `code` if the token is not valid here. */
export function readPageToken<Position extends string | number>(
  sealer: Sealer,
  belongsTo: string[],
  token: string | undefined,
  code: ErrorCode = 'InvalidNextTokenException',
): Position | undefined {
  if (token === undefined) return undefined;
  try {
    return JSON.parse(sealer.open(token, tokenContext(belongsTo))) as Position;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new ServiceError(
      code,
      `The nextToken value '${token}' is not valid. Specify a valid nextToken value, and then try again.`,
    );
  }
}

function tokenContext(belongsTo: string[]): string {
  return JSON.stringify(['nextToken', ...belongsTo]);
}

/** Returns the first `limit` of `rows`, which have one more if there is a next page, and the token of that page. */
export function cutPage<Row>(
  rows: Row[],
  limit: number,
  tokenFor: (last: Row) => string,
): { items: Row[]; nextToken?: string } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, nextToken: tokenFor(last) } : { items };
}
