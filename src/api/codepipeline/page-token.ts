import { ServiceError } from '../../contract/errors.ts';
import { SealError, type Sealer } from '../../identity/secrets/sealer.ts';

/**
 * Opaque page tokens. They are sealed together with what they belong to (operation, pipeline, filter), so a foreign,
 * forged or broken one is refused (operations 1).
 */
export function createPageToken(sealer: Sealer, belongsTo: string[], position: string | number): string {
  return sealer.seal(JSON.stringify(position), tokenContext(belongsTo));
}

/** The position in `token`; undefined without a token. Throws InvalidNextTokenException. */
export function readPageToken<Position extends string | number>(
  sealer: Sealer,
  belongsTo: string[],
  token: string | undefined,
): Position | undefined {
  if (token === undefined) return undefined;
  try {
    return JSON.parse(sealer.open(token, tokenContext(belongsTo))) as Position;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new ServiceError(
      'InvalidNextTokenException',
      `The nextToken value '${token}' is not valid. Specify a valid nextToken value, and then try again.`,
    );
  }
}

function tokenContext(belongsTo: string[]): string {
  return JSON.stringify(['nextToken', ...belongsTo]);
}

/** The first `limit` of `rows`, which hold one more when there is a next page, and that page's token. */
export function cutPage<Row>(
  rows: Row[],
  limit: number,
  tokenFor: (last: Row) => string,
): { items: Row[]; nextToken?: string } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, nextToken: tokenFor(last) } : { items };
}
