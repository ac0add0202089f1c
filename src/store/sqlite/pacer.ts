/** How long SQLite may block the event loop. */
const longestPieceMs = 10;

/**
 * Creates a function to await before each statement: it yields to the event loop when statements have blocked it for too
 * long. SQLite runs in this thread, and a list of many statements would delay all other requests.
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
