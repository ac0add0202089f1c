import { Readable } from 'node:stream';
import type { CallLimits } from './git.ts';
import { GitError } from './git-error.ts';
import type { CachedRepository } from './repository-cache.ts';

/** Reads the contents of objects one after the other, through one running `git`. */
export interface ObjectReader {
  /** Returns the bytes of an object; they must be read to their end before the next call. */
  read(object: string): Promise<Readable>;
  close(): void;
}

/** Starts a reader that gives at most `maxBytes` in all. */
export function createObjectReader(
  { program, folder }: CachedRepository,
  { what, maxBytes }: { what: string; maxBytes: number },
  limits: CallLimits,
): ObjectReader {
  const { output, input, ended } = program.stream({
    what,
    args: ['cat-file', '--batch'],
    repository: folder,
    ...limits,
  });
  ended.catch(() => undefined);
  const chunks = output[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  let givenBytes = 0;
  const more = async (): Promise<Buffer> => {
    if (rest.length > 0) return rest;
    const next = await chunks.next();
    if (!next.done) return next.value;
    await ended;
    throw new GitError('refused', `Cannot ${what}: git ended too early.`);
  };
  const readLine = async (): Promise<string> => {
    const line: Buffer[] = [];
    for (;;) {
      const chunk = await more();
      const end = chunk.indexOf('\n');
      line.push(end < 0 ? chunk : chunk.subarray(0, end));
      rest = end < 0 ? Buffer.alloc(0) : chunk.subarray(end + 1);
      if (end >= 0) return Buffer.concat(line).toString('utf8');
    }
  };
  async function* content(bytes: number): AsyncGenerator<Buffer> {
    let left = bytes;
    while (left > 0) {
      const chunk = await more();
      const part = chunk.subarray(0, left);
      rest = chunk.subarray(part.length);
      left -= part.length;
      yield part;
    }
    await readLine();
  }
  return {
    async read(object) {
      input.write(`${object}\n`);
      const header = await readLine();
      const [, type, size] = header.split(' ');
      if (type !== 'blob') throw new GitError('missing', `Cannot ${what}: ${header}.`);
      const bytes = Number(size);
      givenBytes += bytes;
      if (givenBytes > maxBytes) {
        throw new GitError('too large', `Cannot ${what}: they have more than ${Math.floor(maxBytes / 2 ** 20)} MiB.`);
      }
      return Readable.from(content(bytes), { objectMode: false });
    },
    close() {
      input.end();
      output.destroy();
    },
  };
}
