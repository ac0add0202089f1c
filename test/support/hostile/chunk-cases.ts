import type { LoopCase } from './loop-case.ts';
import { expectS3 } from './send-s3.ts';

const bucket = 'hostile-chunks';

function upload(input: string, status: number, { size, chunks }: { size: number; chunks: number }): LoopCase {
  return {
    door: 'PutObject in aws-chunked encoding',
    input,
    async attack({ url }) {
      const chunk = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;
      // The checksum is always wrong; the server must get as far as comparing it.
      const body = `${chunk.repeat(chunks)}0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`;
      const headers = {
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': String(size * chunks),
        'x-amz-trailer': 'x-amz-checksum-crc32',
      };
      await expectS3(url, status, { method: 'PUT', path: `/${bucket}/k`, headers, body });
    },
  };
}

/** Bodies that are mostly framing. */
export const chunkCases: LoopCase[] = [
  {
    ...upload('500,000 chunks of one byte', 403, { size: 1, chunks: 500_000 }),
    async prepare({ url }) {
      await expectS3(url, 200, { method: 'PUT', path: `/${bucket}` });
    },
  },
  upload('20,000 chunks of 1 KiB', 400, { size: 1025, chunks: 20_000 }),
];
