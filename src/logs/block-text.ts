import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { LogChunk } from '../store/logs/logs.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Much quicker than the default, for a tenth more bytes. */
const level = 2;

/** The text of a block and its place. */
export interface BlockText {
  startOffset: number;
  sizeBytes: number;
  firstLine: number;
  times: [number, number][];
  text: string;
}

/** Joins chunks that follow each other; undefined if there are none. */
export function joinChunks(chunks: LogChunk[]): BlockText | undefined {
  const [first] = chunks;
  if (!first) return undefined;
  const { startOffset, firstLine } = first;
  return {
    startOffset,
    firstLine,
    sizeBytes: chunks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    times: chunks.map((chunk) => [chunk.startOffset - startOffset, chunk.writtenAt]),
    text: chunks.map(({ text }) => text).join(''),
  };
}

/** Compresses in another thread. */
export async function packText(text: string): Promise<Buffer> {
  return compress(text, { level });
}

/** Returns the text of a block; if its bytes are lost or damaged, as many bytes that say so. */
export async function unpackText(bytes: Buffer | undefined, sizeBytes: number): Promise<Buffer> {
  const text = bytes && (await decompress(bytes).catch(() => undefined));
  if (text?.length === sizeBytes) return text;
  const lost = Buffer.alloc(sizeBytes, ' ');
  lost.write(`\n[${sizeBytes} bytes of the log are lost: their block cannot be read.]`);
  lost.write('\n', sizeBytes - 1);
  return lost;
}
