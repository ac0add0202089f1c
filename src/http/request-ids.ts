/**
 * Ids of requests: the start of one random id for as long as the process runs, and a count in place of its end. They are
 * as distinct as random ones, nobody has to be unable to guess them, and a fleet asks for thousands a second.
 */
export function createRequestIds(newId: () => string): () => string {
  const start = newId().slice(0, -12);
  let count = 0;
  return () => {
    count += 1;
    return start + count.toString(16).padStart(12, '0');
  };
}
