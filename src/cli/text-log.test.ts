import { pino } from 'pino';
import { expect, test } from 'vitest';
import { textLine } from './text-log.ts';

/** Returns what a logger wrote, as text without the time. */
function textOf(log: (logger: pino.Logger) => void, hasColor = false): string {
  const lines: string[] = [];
  log(pino({ level: 'trace' }, { write: (line: string) => void lines.push(textLine(line, { hasColor })) }));
  return lines.join('').replace(/\d\d:\d\d:\d\d/g, 'hh:mm:ss');
}

test('a line has local time, level, message and fields', () => {
  const at = new Date(2026, 4, 6, 7, 8, 9).getTime();
  expect(textLine(JSON.stringify({ level: 30, time: at, pid: 1, msg: 'ready' }), { hasColor: false })).toBe(
    '07:08:09 info  ready\n',
  );
  expect(textOf((log) => log.warn({ bucket: 'a b', jobs: 2, name: 'x' }, 'jobs wait'))).toBe(
    'hh:mm:ss warn  jobs wait  bucket="a b"  jobs=2  name=x\n',
  );
});

test('a call has operation, outcome and principal', () => {
  const call = {
    requestId: 'r-1',
    service: 'codepipeline',
    operation: 'PollForJobs',
    outcome: 'ok',
    principal: 'arn:aws:iam::123456789012:user/ci',
    account: '123456789012',
    region: 'us-east-1',
    httpStatus: 200,
    ms: 1.5,
  };
  expect(textOf((log) => log.info(call, 'call'))).toBe(
    'hh:mm:ss info  PollForJobs ok 1.5 ms  by user/ci  requestId=r-1\n',
  );
});

test('an error is shown by its message, from level error on with its stack', () => {
  const err = new Error('exit code 1');
  expect(textOf((log) => log.warn({ jobId: 'j', err }, 'job failed'))).toBe(
    'hh:mm:ss warn  job failed  jobId=j: exit code 1\n',
  );
  expect(textOf((log) => log.error({ err }, 'a defect'))).toMatch(
    /^hh:mm:ss error a defect: exit code 1\nError: exit code 1\n {4}at /,
  );
});

test('untrusted text cannot control the terminal', () => {
  expect(textOf((log) => log.warn({ err: new Error('\u001b[2J\u0007a\nb') }, 'failed'))).toBe(
    'hh:mm:ss warn  failed: �[2J�a ⏎ b\n',
  );
});

test('adds colour on request, and keeps a line that is not JSON', () => {
  expect(textOf((log) => log.error('broken'), true)).toBe(
    '\u001b[2mhh:mm:ss\u001b[22m \u001b[31merror\u001b[39m broken\n',
  );
  expect(textLine('Warning: x\n', { hasColor: true })).toBe('Warning: x\n');
});
