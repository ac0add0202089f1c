/** Reads lines and bytes from a stream of buffers; holds at most one buffer and one line. */
export interface ByteReader {
  /** Returns the next line without its CRLF; undefined at the end, or if the line is longer than `maxBytes`. */
  readLine(maxBytes: number): Promise<string | undefined>;
  /** Returns between 1 and `maxBytes` bytes; undefined at the end. */
  readSome(maxBytes: number): Promise<Buffer | undefined>;
  /** Returns buffers that were read to the end since the last call: nothing but what was read of them refers to them. */
  takePassed(): Buffer[];
  /** Closes the source, even if it was not read to the end. */
  close(): Promise<void>;
}

/** Creates a reader; the caller must close it. */
export function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let current: Buffer = Buffer.alloc(0);
  /** What is left of `current`. */
  let held = current;
  let passed: Buffer[] = [];

  async function readMore(): Promise<boolean> {
    const next = await iterator.next();
    if (next.done) return false;
    passed.push(current);
    if (held.length === 0) {
      current = next.value;
    } else {
      passed.push(next.value);
      current = Buffer.concat([held, next.value]);
    }
    held = current;
    return true;
  }

  return {
    async readLine(maxBytes) {
      for (;;) {
        const end = held.indexOf('\r\n');
        if (end >= 0 ? end > maxBytes : held.length > maxBytes + 1) return undefined;
        if (end >= 0) {
          const line = held.toString('latin1', 0, end);
          held = held.subarray(end + 2);
          return line;
        }
        if (!(await readMore())) return undefined;
      }
    },
    async readSome(maxBytes) {
      while (held.length === 0) if (!(await readMore())) return undefined;
      const some = held.subarray(0, maxBytes);
      held = held.subarray(some.length);
      return some;
    },
    takePassed() {
      const taken = passed;
      passed = [];
      return taken;
    },
    async close() {
      await iterator.return?.();
    },
  };
}
