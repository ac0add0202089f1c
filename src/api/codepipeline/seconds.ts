/** An instant of ours (ms) as the wire wants it: seconds since the epoch with at most three decimals. */
export function toSeconds(atMs: number): number {
  return atMs / 1000;
}
