import { crc32, deflateRawSync } from 'node:zlib';

/** An archive entry with any values; those not given are correct. */
export interface HostileEntry {
  name: string;
  content?: Buffer | string;
  /** Unix mode with its type bits. */
  mode?: number;
  /** 0 stored, 8 deflated. */
  method?: number;
  isEncrypted?: boolean;
  /** The uncompressed size in the directory. */
  unpackedBytes?: number;
  crc?: number;
  /** Omits header and content and points to those of the entry with this number. */
  sharesBytesOf?: number;
  /** 64-bit sizes for this entry in an extra field. */
  zip64Bytes?: bigint;
}

/** Returns a zip archive with any names, sizes and flags; `entryCount` is the count in its end record. */
export function hostileZip(entries: HostileEntry[], { entryCount = entries.length } = {}): Buffer {
  const locals: Buffer[] = [];
  const offsets: number[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const data = dataOf(entry);
    if (entry.sharesBytesOf === undefined) {
      const local = Buffer.concat([localHeader(entry, data), Buffer.from(entry.name), data]);
      offsets.push(offset);
      locals.push(local);
      offset += local.length;
    } else offsets.push(offsets[entry.sharesBytesOf] ?? 0);
    directory.push(directoryHeader(entry, data, offsets.at(-1) ?? 0));
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entryCount, 0xffff), 8);
  end.writeUInt16LE(Math.min(entryCount, 0xffff), 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  const isLarge = entryCount >= 0xffff;
  return Buffer.concat([...locals, listing, ...(isLarge ? [zip64End(entryCount, listing.length, offset)] : []), end]);
}

function dataOf({ content = 'x', method = 0 }: HostileEntry): Buffer {
  return method === 8 ? deflateRawSync(content) : Buffer.from(content);
}

function sizesOf({ content = 'x', crc, unpackedBytes }: HostileEntry, data: Buffer) {
  const honest = Buffer.from(content);
  return { crc: crc ?? crc32(honest), packedBytes: data.length, unpackedBytes: unpackedBytes ?? honest.length };
}

function localHeader(entry: HostileEntry, data: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  writeShared(header, 6, entry, data);
  return header;
}

function directoryHeader(entry: HostileEntry, data: Buffer, offset: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  // Created on Unix, so that the mode is used.
  header.writeUInt16LE((3 << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  writeShared(header, 8, entry, data);
  header.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  const extra = Buffer.alloc(entry.zip64Bytes === undefined ? 0 : 12);
  if (entry.zip64Bytes !== undefined) {
    header.writeUInt32LE(0xffffffff, 24);
    header.writeUInt16LE(12, 30);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(8, 2);
    extra.writeBigUInt64LE(entry.zip64Bytes, 4);
  }
  return Buffer.concat([header, Buffer.from(entry.name), extra]);
}

/** Returns the 22 bytes that both headers share, from the flags to the length of the name. */
function writeShared(header: Buffer, at: number, entry: HostileEntry, data: Buffer): void {
  const { crc, packedBytes, unpackedBytes } = sizesOf(entry, data);
  // Names are UTF-8; the lowest bit means encrypted.
  header.writeUInt16LE(0x800 | (entry.isEncrypted ? 1 : 0), at);
  header.writeUInt16LE(entry.method ?? 0, at + 2);
  header.writeUInt32LE(crc, at + 8);
  header.writeUInt32LE(packedBytes, at + 12);
  header.writeUInt32LE(unpackedBytes, at + 16);
  header.writeUInt16LE(Buffer.byteLength(entry.name), at + 20);
}

function zip64End(entryCount: number, listingBytes: number, offset: number): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(entryCount), 24);
  end.writeBigUInt64LE(BigInt(entryCount), 32);
  end.writeBigUInt64LE(BigInt(listingBytes), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(offset + listingBytes), 64);
  end.writeUInt32LE(1, 72);
  return end;
}
