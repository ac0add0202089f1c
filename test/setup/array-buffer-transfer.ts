/**
 * Gives older versions of Node.js `ArrayBuffer.prototype.transfer`, with which the server frees the memory of transferred
 * objects. A test on any version then sees it if bytes are used after they were freed.
 */
if (!('transfer' in ArrayBuffer.prototype)) {
  Object.defineProperty(ArrayBuffer.prototype, 'transfer', {
    configurable: true,
    writable: true,
    value(this: ArrayBuffer, length: number) {
      if (length !== 0) throw new Error('only what the server uses');
      structuredClone(this, { transfer: [this] });
      return new ArrayBuffer(0);
    },
  });
}
