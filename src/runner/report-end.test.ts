import { expect, test } from 'vitest';
import type { FinishBuildInput } from '../contract/generated.ts';
import { reportEnd, toOutcome } from './report-end.ts';
import { ApiRefusal } from './runner-api.ts';

const claim = { buildArn: 'arn', fence: 1 };
const { signal } = new AbortController();

/** A server that refuses ends with this status, and logs what it takes. */
function serverThatRefuses(status: string, code: string) {
  const taken: FinishBuildInput[] = [];
  const finish = async (input: FinishBuildInput) => {
    if (input.status === status) throw new ApiRefusal(code, 'too long');
    taken.push(input);
  };
  return { taken, finish };
}

test('an end that the server refuses is reported as a fault, so that no other runner gets the build', async () => {
  const { taken, finish } = serverThatRefuses('SUCCEEDED', 'ValidationException');
  const end = await reportEnd({ finish }, claim, { status: 'SUCCEEDED', phases: [] }, signal);
  const message = 'The server refused the end of the build, SUCCEEDED: too long';
  expect(end).toEqual({ status: 'FAULT', phases: [], failure: { code: 'INTERNAL_ERROR', message } });
  expect(taken).toEqual([{ ...claim, ...end }]);
});

test('the end of a build that another runner has is not reported', async () => {
  const { taken, finish } = serverThatRefuses('SUCCEEDED', 'BuildLeaseLostException');
  await expect(reportEnd({ finish }, claim, { status: 'SUCCEEDED', phases: [] }, signal)).rejects.toThrow('too long');
  expect(taken).toEqual([]);
});

test('long texts of failed commands are cut, in phases as well', () => {
  const failure = { code: 'COMMAND_EXECUTION_ERROR', message: `${'ü'.repeat(4000)}\0` } as const;
  const phase = { phase: 'BUILD', status: 'FAILED', failure, startedAt: 1, endedAt: 2 } as const;
  const outcome = toOutcome({ status: 'FAILED', phases: [phase], exportedVariables: {}, reports: [] });
  expect(outcome.failure).toEqual(outcome.phases[0]?.failure);
  const { message = '' } = outcome.failure ?? {};
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(5000);
  expect(message).toMatch(/^ü+…$/);
});
