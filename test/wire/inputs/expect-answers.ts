import { expect } from 'vitest';
import type { OperationKey } from '../../../src/contract/model.ts';
import { callService } from '../../support/requests/service-call.ts';
import { callRaw, type RawAnswer } from '../../support/requests/signed-request.ts';
import { concurrently } from '../concurrently.ts';
import type { Expected, InputCase } from './input-cases.ts';
import { readProblems } from './refusal-texts.ts';

/** Returns how an answer differs from the expected one; undefined if it does not. */
function differenceOf(answer: RawAnswer, expected: Expected): string | undefined {
  const { status, body } = answer;
  const error = body === '' ? {} : (JSON.parse(body) as { __type?: string; message?: string; Message?: string });
  const message = error.message ?? error.Message ?? '';
  const problems = readProblems(message);
  if (expected === 'accepted') {
    const isFrontDoor = error.__type === 'SerializationException' || /^\d+ validation error/.test(message);
    return status >= 500 || isFrontDoor ? `expected no rejection, got ${status} ${body}` : undefined;
  }
  if ('wrongType' in expected) {
    const wanted = JSON.stringify({ __type: 'SerializationException', Message: expected.wrongType });
    return status === 400 && body === wanted ? undefined : `expected ${wanted}, got ${status} ${body}`;
  }
  const { path, phrase } = expected.problem;
  const isRight =
    status === 400 &&
    error.__type === 'ValidationException' &&
    problems?.some((problem) => problem.phrase === phrase) &&
    problems.every((problem) => problem.path === path);
  return isRight ? undefined : `expected only '${path}': ${phrase}, got ${status} ${body}`;
}

/** Sends every case to the server at `url`, and fails with all that differ. */
export async function expectAnswers(url: string, operation: OperationKey, cases: InputCase[]): Promise<void> {
  const differences: string[] = [];
  await concurrently(cases, async ({ title, input, expected }) => {
    const answer = await send(url, operation, JSON.stringify(input));
    const found = differenceOf(answer, expected);
    if (found !== undefined) differences.push(`${title}: ${found.slice(0, 1000)}`);
  });
  expect(differences).toEqual([]);
}

/** Calls CodePipeline, or another service if the operation names one. */
function send(url: string, key: OperationKey, body: string): Promise<RawAnswer> {
  const [service = '', operation] = key.split(':');
  return operation === undefined ? callRaw(url, key, body) : callService(url, service, operation, body);
}
