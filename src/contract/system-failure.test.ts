import { expect, test } from 'vitest';
import { systemFailureOf } from './system-failure.ts';

const system = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall });
const sqlite = (message: string, errcode?: number) =>
  Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', ...(errcode !== undefined && { errcode }) });

test.each([
  ['no space', system('ENOSPC', 'write'), { kind: 'full', code: 'ENOSPC' }],
  ['no file descriptor', system('EMFILE', 'open'), { kind: 'unavailable', code: 'EMFILE' }],
  ['no permission', system('EACCES', 'open'), { kind: 'unavailable', code: 'EACCES' }],
  ['a disk mounted read-only', system('EROFS', 'open'), { kind: 'unavailable', code: 'EROFS' }],
  ['a failing disk', system('EIO', 'read'), { kind: 'unavailable', code: 'EIO' }],
  ['an extended code of SQLite', sqlite('disk I/O error', 10 + 256 * 3), { kind: 'unavailable', code: 'SQLITE_IOERR' }],
  ['SQLite without a code', sqlite('database disk image is malformed'), { kind: 'damaged', code: 'SQLITE_CORRUPT' }],
  ['a cause', new Error('wrapped', { cause: system('ENFILE', 'open') }), { kind: 'unavailable', code: 'ENFILE' }],
])('%s is a system failure', (_, error, failure) => {
  expect(systemFailureOf(error)).toEqual(failure);
});

test.each([
  ['a constraint', sqlite('UNIQUE constraint failed: notes.id', 1555)],
  ['wrong SQL', sqlite('no such table: notes', 1)],
  ['an error of a client with the same code', system('ENOENT')],
  ['a broken connection', system('ECONNRESET', 'read')],
  ['a bug', new TypeError('x is undefined')],
  ['nothing', undefined],
])('%s is not', (_, error) => {
  expect(systemFailureOf(error)).toBeUndefined();
});

test('errors that cause each other are followed only so far', () => {
  const one = new Error('one');
  one.cause = one;
  expect(systemFailureOf(one)).toBeUndefined();
});
