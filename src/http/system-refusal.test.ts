import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ServiceError } from '../contract/errors.ts';
import { newCallRecord } from './call-record.ts';
import { systemRefusal } from './system-refusal.ts';

/** Refuses a call that failed with `error`. */
function refuse(error: unknown) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const record = newCallRecord();
  return { refusal: systemRefusal(error, { record, requestId: 'r-1' }, log), record, lines };
}

test('a full disk is 503 without details, logged with the request id, and recorded', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write /data/x'), { code: 'ENOSPC' });
  const { refusal, record, lines } = refuse(error);
  expect(refusal).toMatchObject({ code: 'ServiceUnavailable', httpStatus: 503 });
  expect(refusal?.message).not.toMatch(/ENOSPC|space|data/);
  expect(record.systemError).toBeDefined();
  expect(lines).toMatchObject([{ requestId: 'r-1', systemError: record.systemError, level: 50 }]);
});

test('a more specific 503 is passed on', () => {
  const error = new ServiceError('ServiceUnavailable', 'The artifact store does not answer.');
  expect(refuse(error).refusal).toBe(error);
});

test.each([
  ['a refusal', new ServiceError('ValidationException', 'No.')],
  ['a bug', new TypeError('x is not a function')],
  ['no error', undefined],
])('%s is not a failure of the system', (_, error) => {
  const { refusal, record, lines } = refuse(error);
  expect(refusal).toBeUndefined();
  expect(record.systemError).toBeUndefined();
  expect(lines).toEqual([]);
});
