/** A map that never holds more than `capacity` entries: the one used longest ago makes room for the new one. */
export interface BoundedCache<V> {
  get(key: string): V | undefined;
  /** As `get`, but it does not count as a use. */
  peek(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  readonly size: number;
}

/** `capacity` is a number of entries and at least 1. */
export function createBoundedCache<V>(capacity: number): BoundedCache<V> {
  // A Map iterates in order of insertion, so inserting an entry again on every use keeps the stalest one first.
  const entries = new Map<string, V>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) {
        entries.delete(key);
        entries.set(key, value);
      }
      return value;
    },
    peek: (key) => entries.get(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size > capacity) {
        for (const stalest of entries.keys()) {
          entries.delete(stalest);
          break;
        }
      }
    },
    delete(key) {
      entries.delete(key);
    },
    get size() {
      return entries.size;
    },
  };
}
