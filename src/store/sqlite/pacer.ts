/** How long SQLite may compute in one piece. */
const longestPieceMs = 10;

/**
 * Creates a function to await before each statement: it waits for the next turn of the event loop when statements have
 * filled this one. SQLite computes in this thread, and a list of many statements would keep everybody waiting.
 */
export function createPacer(): () => Promise<void> | undefined {
  let beganAt: number | undefined;
  return () => {
    if (beganAt === undefined) {
      beganAt = performance.now();
      setImmediate(() => {
        beganAt = undefined;
      });
    } else if (performance.now() - beganAt > longestPieceMs) {
      return new Promise((resolve) => setImmediate(resolve));
    }
    return undefined;
  };
}
