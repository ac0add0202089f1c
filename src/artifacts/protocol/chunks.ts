/** The bytes of an object on their way into a file. */
export interface Chunks extends AsyncIterable<Buffer> {
  /** Frees chunks that are no longer needed; absent if another owner may still use them. */
  free?(chunks: Buffer[]): void;
}

/** Bytes in batches. The memory of a batch is used again as soon as the next one is requested. */
export interface Batches extends AsyncIterable<Buffer[]> {
  /** Frees what the bytes are read from; may be called more than once. */
  close(): Promise<void>;
}

/**
 * Frees the memory of buffers that nothing refers to any more. Left to the garbage collector, it would cause a full
 * collection every 20 MiB of a transfer, which stops everything else. Before Node.js 21 only the collector can free it.
 */
export function freeMemory(buffers: Buffer[]): void {
  for (const { buffer, length } of buffers) {
    // A part of a chunk, or a piece of pooled memory, shares its buffer with others. One without bytes may be free already.
    if (length > 0 && buffer.byteLength === length) (buffer as Transferable).transfer?.(0);
  }
}

/** `ArrayBuffer` as in ES2024. */
type Transferable = ArrayBufferLike & { transfer?(newByteLength: number): ArrayBuffer };
