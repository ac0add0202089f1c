import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { startLocalRunner } from './local-runner.ts';

test('a runner that can not be started is logged and tried again, and the server goes on', async () => {
  const lines: string[] = [];
  const { execPath } = process;
  process.execPath = '/nonexistent/node';
  const runner = startLocalRunner({
    url: 'http://127.0.0.1:1',
    region: 'us-east-1',
    keys: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    environment: {},
    log: pino({}, { write: (line: string) => void lines.push(line) }),
  });
  try {
    await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 5000 });
    expect(lines[0]).toContain('ENOENT');
    expect(lines[0]).toContain('"pauseMs":500');
    expect(lines[1]).toContain('"pauseMs":1000');
  } finally {
    process.execPath = execPath;
    await runner.close();
  }
});
