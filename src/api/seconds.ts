/** Converts an instant from ms to what responses use: seconds since the epoch with at most three decimals. */
export function toSeconds(atMs: number): number;
export function toSeconds(atMs: number | undefined): number | undefined;
export function toSeconds(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : atMs / 1000;
}
