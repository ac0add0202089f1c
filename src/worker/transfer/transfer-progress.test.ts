import { expect, test } from 'vitest';
import { logProgress } from './transfer-progress.ts';

test('logs a long transfer every 10 s, and a quick one never', async () => {
  const lines: object[] = [];
  const log = { info: (fields: object, doing: string) => void lines.push({ ...fields, doing }), warn() {}, error() {} };
  let at = 0;
  async function* piecesAfter(...delaysMs: number[]): AsyncGenerator<Buffer> {
    for (const ms of delaysMs) {
      at += ms;
      yield Buffer.alloc(1024 * 1024);
    }
  }
  const about = { log, jobId: 'job-1', object: 'pipe/App/x', doing: 'uploading an artifact' };
  let received = 0;
  for await (const chunk of logProgress(piecesAfter(11_000, 0, 9_000, 2_000), about, () => at))
    received += chunk.length;
  for await (const chunk of logProgress(piecesAfter(9_000, 500), about, () => at)) received += chunk.length;
  expect(received).toBe(6 * 1024 * 1024);
  const line = { jobId: 'job-1', object: 'pipe/App/x', doing: 'uploading an artifact' };
  expect(lines).toEqual([
    { ...line, mib: 1 },
    { ...line, mib: 4 },
  ]);
});
