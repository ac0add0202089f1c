/** Every member of every operation's input, at any depth: each constraint broken, and values just within it. */
import { describe, expect, test } from 'vitest';
import { callRaw } from '../../support/requests/signed-request.ts';
import { operationNames } from '../bounded-model.ts';
import { shareServer } from '../shared-server.ts';
import { expectAnswers } from './expect-answers.ts';
import { constraintCases } from './input-cases.ts';
import { pathsOf } from './input-paths.ts';
import { readProblems } from './refusal-texts.ts';

const server = shareServer();

describe.each(operationNames)('%s', (operation) => {
  test('broken constraints are ValidationExceptions that name the path; valid values are accepted', () =>
    expectAnswers(server.url, operation, constraintCases(operation)));

  test('for an empty object all required members are reported together', async () => {
    const missing = pathsOf(operation).filter(({ keys, isRequired }) => keys.length === 1 && isRequired);
    const { body } = await callRaw(server.url, operation, '{}');
    const { message = '' } = body === '' ? {} : JSON.parse(body);
    const problems = (readProblems(message) ?? []).map(({ path, phrase }) => `${path}: ${phrase}`);
    expect(problems.sort()).toEqual(missing.map(({ path }) => `${path}: Member must not be null`).sort());
  });
});
