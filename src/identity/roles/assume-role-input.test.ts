import { expect, test } from 'vitest';
import { readAssumeRoleInput, StsError } from './assume-role-input.ts';

const given = { RoleArn: 'arn:aws:iam::111111111111:role/deploy', RoleSessionName: 'night' };

function read(change: Record<string, string | undefined>) {
  const entries = Object.entries({ Action: 'AssumeRole', Version: '2011-06-15', ...given, ...change });
  const parameters = new URLSearchParams();
  for (const [name, value] of entries) if (value !== undefined) parameters.set(name, value);
  return readAssumeRoleInput(parameters);
}

test('defaults to an hour and no session policy', () => {
  expect(read({})).toEqual({ roleArn: given.RoleArn, sessionName: 'night', durationSeconds: 3600 });
});

test('reads all parameters', () => {
  const input = read({ DurationSeconds: '43200', Policy: '{}', ExternalId: 'x', RoleSessionName: 'a_b+c=d,e.f@g-h' });
  expect(input).toMatchObject({ durationSeconds: 43_200, policy: '{}', sessionName: 'a_b+c=d,e.f@g-h' });
});

test.each<[string, Record<string, string | undefined>, string]>([
  ['no role', { RoleArn: undefined }, "Value at 'roleArn' failed to satisfy constraint: Member must not be null"],
  [
    'a short role',
    { RoleArn: 'arn' },
    "'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
  ],
  [
    'no session',
    { RoleSessionName: undefined },
    "'roleSessionName' failed to satisfy constraint: Member must not be null",
  ],
  ['a short session', { RoleSessionName: 'a' }, 'Member must have length greater than or equal to 2'],
  ['a long session', { RoleSessionName: 'a'.repeat(65) }, 'Member must have length less than or equal to 64'],
  [
    'a session with a slash',
    { RoleSessionName: 'a/b' },
    'Member must satisfy regular expression pattern: [\\w+=,.@-]*',
  ],
  ['a session in two lines', { RoleSessionName: 'ab\n' }, 'Member must satisfy regular expression pattern'],
  ['a short time', { DurationSeconds: '899' }, 'Member must have value greater than or equal to 900'],
  ['a long time', { DurationSeconds: '43201' }, 'Member must have value less than or equal to 43200'],
  ['a broken time', { DurationSeconds: '1e3' }, 'DurationSeconds must be a whole number of seconds.'],
  ['an empty policy', { Policy: '' }, "'policy' failed to satisfy constraint: Member must have length greater"],
  ['a long policy', { Policy: ' '.repeat(2049) }, 'Member must have length less than or equal to 2048'],
  ['session tags', { 'Tags.member.1.Key': 'a' }, 'The parameter Tags.member.1.Key is not supported.'],
  ['policies by ARN', { 'PolicyArns.member.1.arn': 'a' }, 'The parameter PolicyArns.member.1.arn is not supported.'],
  ['a code of a second factor', { TokenCode: '123456' }, 'The parameter TokenCode is not supported.'],
  ['two faults', { RoleSessionName: '/', DurationSeconds: '1' }, '3 validation errors detected: '],
])('%s is refused', (_, change, message) => {
  let refusal: unknown;
  try {
    read(change);
  } catch (error) {
    refusal = error;
  }
  if (!(refusal instanceof StsError)) throw new Error(`not refused: ${String(refusal)}`);
  expect(refusal).toMatchObject({ code: 'ValidationError', status: 400 });
  expect(refusal.message).toContain(message);
});
