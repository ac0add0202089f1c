/**
 * Creates ids of requests: the start of one random id per process, followed by a count. They are as unique as random ids
 * and need not be unguessable, and a fleet needs thousands per second.
 */
export function createRequestIds(newId: () => string): () => string {
  const start = newId().slice(0, -12);
  let count = 0;
  return () => {
    count += 1;
    return start + count.toString(16).padStart(12, '0');
  };
}
