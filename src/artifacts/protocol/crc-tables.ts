/** The checksums that Node.js does not bring. Both are reflected and begin and end inverted, as S3 defines them. */
export interface RunningCrc {
  update(bytes: Buffer): void;
  /** Big-endian. */
  digest(): Buffer;
}

const crc32cTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32 with Castagnoli's polynomial. */
export function createCrc32c(): RunningCrc {
  let crc = 0xffffffff;
  return {
    update(bytes) {
      let value = crc;
      for (let index = 0; index < bytes.length; index += 1) {
        value = (value >>> 8) ^ (crc32cTable[(value ^ (bytes[index] as number)) & 0xff] as number);
      }
      crc = value;
    },
    digest() {
      const result = Buffer.alloc(4);
      result.writeUInt32BE(~crc >>> 0);
      return result;
    },
  };
}

// JavaScript has no fast 64-bit integers, so the table and the running value are kept as two halves.
const crc64High = new Uint32Array(256);
const crc64Low = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
  crc64High[byte] = Number(value >> 32n);
  crc64Low[byte] = Number(value & 0xffffffffn);
}

/** CRC-64 as NVM Express defines it. */
export function createCrc64Nvme(): RunningCrc {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(bytes) {
      let [h, l] = [high, low];
      for (let index = 0; index < bytes.length; index += 1) {
        const at = (l ^ (bytes[index] as number)) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ (crc64Low[at] as number);
        h = (h >>> 8) ^ (crc64High[at] as number);
      }
      [high, low] = [h, l];
    },
    digest() {
      const result = Buffer.alloc(8);
      result.writeUInt32BE(~high >>> 0, 0);
      result.writeUInt32BE(~low >>> 0, 4);
      return result;
    },
  };
}
