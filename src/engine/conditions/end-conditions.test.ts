import { describe, expect, test } from 'vitest';
import { createHarness, type Harness, openJobs } from '../../../test/support/engine/harness.ts';
import { condition, gated, ruleTimeoutMs } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { ConditionKind } from '../../model/condition.ts';

/** Sets up an execution whose `Build` condition of this kind, with the rules `First` and `Second`, is being checked. */
function checking(kind: ConditionKind): { harness: Harness; id: string } {
  const build = gated(stage('Build', action('Compile')), { [kind]: condition('FAIL', 'First', 'Second') });
  const harness = createHarness(declare([stage('Source', source()), build, stage('Deploy', action('Ship'))]));
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  if (kind === 'onSuccess') harness.succeed(id, 'Compile');
  if (kind === 'onFailure') harness.fail(id, 'Compile');
  return { harness, id };
}

function ends({ harness, id }: { harness: Harness; id: string }, kind: ConditionKind) {
  const { status, stages, actions } = harness.execution(id);
  return {
    execution: status,
    stage: stages.find(({ stageName }) => stageName === 'Build')?.status,
    condition: harness.check(id, 'Build', kind).status,
    rules: actions.filter(({ conditionId }) => conditionId !== undefined).map((rule) => rule.status),
    openJobs: openJobs(harness.execution(id)).length,
  };
}

describe.each([['beforeEntry'], ['onSuccess'], ['onFailure']] as const)('while %s is checked', (kind) => {
  test('stop and abandon abandons the rules and the condition (behaviour C.5)', () => {
    const one = checking(kind);
    one.harness.succeed(one.id, 'First');
    one.harness.stop(one.id, { abandon: true });
    expect(ends(one, kind)).toEqual({
      execution: 'Stopped',
      stage: 'Stopped',
      condition: 'Abandoned',
      rules: ['Succeeded', 'Abandoned'],
      openJobs: 0,
    });
  });

  test('stop and wait lets the rules end, and no result applies (behaviour C.5)', () => {
    const one = checking(kind);
    one.harness.stop(one.id);
    expect(ends(one, kind)).toMatchObject({ execution: 'Stopping', condition: 'InProgress' });
    one.harness.succeed(one.id, 'First');
    one.harness.fail(one.id, 'Second');
    expect(ends(one, kind)).toMatchObject({ execution: 'Stopped', stage: 'Stopped', condition: 'Failed' });
  });

  test.each([true, false])('a retry after a stop checks it again (abandoned: %s)', (abandon) => {
    const { harness, id } = checking(kind);
    harness.stop(id, { abandon });
    if (!abandon) for (const name of ['First', 'Second']) harness.fail(id, name);
    expect(harness.execution(id).status).toBe('Stopped');
    harness.retry(id, 'Build');
    if (kind === 'onFailure') harness.fail(id, 'Compile');
    expect(harness.check(id, 'Build', kind).status).toBe('InProgress');
    for (const name of ['First', 'Second']) harness.succeed(id, name);
    if (kind === 'beforeEntry') harness.succeed(id, 'Compile');
    const expected = kind === 'onFailure' ? 'Failed' : 'Succeeded';
    expect(harness.execution(id).stages.find(({ stageName }) => stageName === 'Build')?.status).toBe(expected);
  });

  test('an update cancels it with the execution (behaviour C.2.4)', () => {
    const one = checking(kind);
    one.harness.update(one.harness.declaration());
    expect(ends(one, kind)).toEqual({
      execution: 'Cancelled',
      stage: 'Cancelled',
      condition: 'Cancelled',
      rules: ['Abandoned', 'Abandoned'],
      openJobs: 0,
    });
  });

  test('a rule that exceeds its time-out fails the condition', () => {
    const one = checking(kind);
    one.harness.succeed(one.id, 'First');
    one.harness.clock.pass(ruleTimeoutMs - 1);
    one.harness.timeOut(one.id);
    expect(ends(one, kind)).toMatchObject({ execution: 'InProgress', condition: 'InProgress' });
    one.harness.clock.pass(1);
    one.harness.timeOut(one.id);
    expect(ends(one, kind)).toMatchObject({ execution: 'Failed', stage: 'Failed', condition: 'Failed' });
  });

  test('a later result has no effect (behaviour A.6)', () => {
    const one = checking(kind);
    const { id: job } = one.harness.job(one.id, 'First');
    one.harness.stop(one.id, { abandon: true });
    expect(one.harness.report(one.id, job, { outcome: 'Succeeded' })).toEqual({ changes: [], answer: undefined });
  });
});

test('a stage succeeds if its actions and condition succeed during a stop (behaviour C.5)', () => {
  const one = checking('onSuccess');
  one.harness.stop(one.id);
  one.harness.succeed(one.id, 'First');
  one.harness.succeed(one.id, 'Second');
  expect(ends(one, 'onSuccess')).toMatchObject({ execution: 'Stopped', stage: 'Succeeded', condition: 'Succeeded' });
});

test('a stage does not succeed if a stop prevents its success condition from being checked', () => {
  const { harness } = checking('onSuccess');
  const id = harness.executions()[0]?.id ?? '';
  harness.stop(id, { abandon: true });
  const next = harness.start();
  harness.succeed(next, 'Fetch');
  harness.stop(next);
  harness.succeed(next, 'Compile');
  expect(harness.execution(next)).toMatchObject({ status: 'Stopped', conditions: [] });
  expect(harness.execution(next).stages.at(-1)?.status).toBe('Stopped');
});

test('the summary has the reasons of all failed rules, up to its limit', () => {
  const { harness, id } = checking('beforeEntry');
  const long = 'x'.repeat(3000);
  for (const name of ['First', 'Second']) {
    harness.report(id, name, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: long } });
  }
  const { summary } = harness.check(id, 'Build', 'beforeEntry');
  expect(summary).toMatch(/^The rule 'First' failed: x+$/);
  expect(summary).toHaveLength(2048);
});
