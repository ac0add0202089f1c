import { expect, test } from 'vitest';
import { bodyLimitsOf } from './body-limits.ts';
import { checkOwnInput } from './check.ts';
import type { OwnOperationName } from './model.ts';

const kibibyte = 1024;

test.each<[string, OwnOperationName, object, string]>([
  ['an unknown member', 'GetJob', { jobId: 'j', job: 'j' }, "There is no member 'job'."],
  ['a missing member', 'GetJob', {}, "Value at 'jobId' failed to satisfy constraint: Member must not be null"],
  [
    'an integer that is too large',
    'ListJobs',
    { maxResults: 1001 },
    'Member must have value less than or equal to 1000',
  ],
  ['a fraction', 'GetJobLog', { jobId: 'j', offset: 1.5 }, 'Member must be a whole number'],
  [
    'too many bytes',
    'PutJobLog',
    { jobId: 'j', text: 'ü'.repeat(32_769) },
    'Member must have at most 65536 bytes of UTF-8',
  ],
  ['U+0000', 'PutJobLog', { jobId: 'j', text: '\0' }, 'Member must not contain the character U+0000'],
  ['an unknown value', 'ListJobs', { statuses: ['Waiting'] }, 'Member must satisfy enum value set'],
])('%s is a ValidationException', (_, name, input, message) => {
  expect(() => checkOwnInput(name, input)).toThrow(
    expect.objectContaining({ code: 'ValidationException', message: expect.stringContaining(message) }),
  );
});

test.each<[OwnOperationName, object]>([
  ['GetJob', { jobId: 1 }],
  ['ListJobs', { maxResults: '1' }],
  ['ListJobs', { statuses: 'Queued' }],
  ['RegisterActionType', { actionType: 'a' }],
])('%s with %j is a SerializationException', (name, input) => {
  expect(() => checkOwnInput(name, input)).toThrow(expect.objectContaining({ code: 'SerializationException' }));
});

test('offsets beyond 32 bits and members that are null are accepted', () => {
  const offset = 2 ** 40;
  expect(checkOwnInput('GetJobLog', { jobId: 'j', offset, waitSeconds: null })).toEqual({ jobId: 'j', offset });
});

test('bodies are bounded by what the members may hold', () => {
  expect(bodyLimitsOf('GetJob').maxBytes).toBe(64 * kibibyte);
  expect(bodyLimitsOf('PutJobLog').maxBytes).toBe((64 + 6 * 64) * kibibyte);
  expect(bodyLimitsOf('RegisterActionType').maxBytes).toBe(256 * kibibyte);
});
