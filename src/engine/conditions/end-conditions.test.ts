import { describe, expect, test } from 'vitest';
import { createWorld, openJobs, type World } from '../../../test/support/engine/harness.ts';
import { condition, gated, ruleTimeoutMs } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { ConditionKind } from '../../model/condition.ts';

/** In the check of `Build`'s condition of this kind, whose rules are `First` and `Second`. */
function checking(kind: ConditionKind): { told: World; id: string } {
  const build = gated(stage('Build', action('Compile')), { [kind]: condition('FAIL', 'First', 'Second') });
  const told = createWorld(declare([stage('Source', source()), build, stage('Deploy', action('Ship'))]));
  const id = told.start();
  told.succeed(id, 'Fetch');
  if (kind === 'onSuccess') told.succeed(id, 'Compile');
  if (kind === 'onFailure') told.fail(id, 'Compile');
  return { told, id };
}

function ends({ told, id }: { told: World; id: string }, kind: ConditionKind) {
  const { status, stages, actions } = told.execution(id);
  return {
    execution: status,
    stage: stages.find(({ stageName }) => stageName === 'Build')?.status,
    condition: told.check(id, 'Build', kind).status,
    rules: actions.filter(({ conditionId }) => conditionId !== undefined).map((rule) => rule.status),
    openJobs: openJobs(told.execution(id)).length,
  };
}

describe.each([['beforeEntry'], ['onSuccess'], ['onFailure']] as const)('while %s is checked', (kind) => {
  test('a stop that abandons abandons rules and condition (behaviour C.5)', () => {
    const one = checking(kind);
    one.told.succeed(one.id, 'First');
    one.told.stop(one.id, { abandon: true });
    expect(ends(one, kind)).toEqual({
      execution: 'Stopped',
      stage: 'Stopped',
      condition: 'Abandoned',
      rules: ['Succeeded', 'Abandoned'],
      openJobs: 0,
    });
  });

  test('a stop that waits lets the rules end; no result is engaged (behaviour C.5)', () => {
    const one = checking(kind);
    one.told.stop(one.id);
    expect(ends(one, kind)).toMatchObject({ execution: 'Stopping', condition: 'InProgress' });
    one.told.succeed(one.id, 'First');
    one.told.fail(one.id, 'Second');
    expect(ends(one, kind)).toMatchObject({ execution: 'Stopped', stage: 'Stopped', condition: 'Failed' });
  });

  test.each([true, false])('a retry after a stop asks anew (abandoned: %s)', (abandon) => {
    const { told, id } = checking(kind);
    told.stop(id, { abandon });
    if (!abandon) for (const name of ['First', 'Second']) told.fail(id, name);
    expect(told.execution(id).status).toBe('Stopped');
    told.retry(id, 'Build');
    if (kind === 'onFailure') told.fail(id, 'Compile');
    expect(told.check(id, 'Build', kind).status).toBe('InProgress');
    for (const name of ['First', 'Second']) told.succeed(id, name);
    if (kind === 'beforeEntry') told.succeed(id, 'Compile');
    const expected = kind === 'onFailure' ? 'Failed' : 'Succeeded';
    expect(told.execution(id).stages.find(({ stageName }) => stageName === 'Build')?.status).toBe(expected);
  });

  test('an update cancels it at once, together with the execution (behaviour C.2.4)', () => {
    const one = checking(kind);
    one.told.update(one.told.declaration());
    expect(ends(one, kind)).toEqual({
      execution: 'Cancelled',
      stage: 'Cancelled',
      condition: 'Cancelled',
      rules: ['Abandoned', 'Abandoned'],
      openJobs: 0,
    });
  });

  test('a rule that outlives its time-out fails, and with it the condition', () => {
    const one = checking(kind);
    one.told.succeed(one.id, 'First');
    one.told.clock.pass(ruleTimeoutMs - 1);
    one.told.timeOut(one.id);
    expect(ends(one, kind)).toMatchObject({ execution: 'InProgress', condition: 'InProgress' });
    one.told.clock.pass(1);
    one.told.timeOut(one.id);
    expect(ends(one, kind)).toMatchObject({ execution: 'Failed', stage: 'Failed', condition: 'Failed' });
  });

  test('what a worker reports afterwards has no effect (behaviour A.6)', () => {
    const one = checking(kind);
    const { id: job } = one.told.job(one.id, 'First');
    one.told.stop(one.id, { abandon: true });
    expect(one.told.report(one.id, job, { outcome: 'Succeeded' })).toEqual({ changes: [], answer: undefined });
  });
});

test('a stage whose actions and condition have succeeded during a stop has succeeded (behaviour C.5)', () => {
  const one = checking('onSuccess');
  one.told.stop(one.id);
  one.told.succeed(one.id, 'First');
  one.told.succeed(one.id, 'Second');
  expect(ends(one, 'onSuccess')).toMatchObject({ execution: 'Stopped', stage: 'Succeeded', condition: 'Succeeded' });
});

test('a success that a stop keeps from being checked is none', () => {
  const { told } = checking('onSuccess');
  const id = told.executions()[0]?.id ?? '';
  told.stop(id, { abandon: true });
  const next = told.start();
  told.succeed(next, 'Fetch');
  told.stop(next);
  told.succeed(next, 'Compile');
  expect(told.execution(next)).toMatchObject({ status: 'Stopped', conditions: [] });
  expect(told.execution(next).stages.at(-1)?.status).toBe('Stopped');
});

test('the reasons of all failed rules are told, as far as a summary goes', () => {
  const { told, id } = checking('beforeEntry');
  const long = 'x'.repeat(3000);
  for (const name of ['First', 'Second']) {
    told.report(id, name, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: long } });
  }
  const { summary } = told.check(id, 'Build', 'beforeEntry');
  expect(summary).toMatch(/^The rule 'First' failed: x+$/);
  expect(summary).toHaveLength(2048);
});
