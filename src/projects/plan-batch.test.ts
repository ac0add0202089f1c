import { expect, test } from 'vitest';
import { buildOrder } from '../../test/support/builds/build-order.ts';
import type { BuildStatus } from '../model/build.ts';
import type { BatchGroup, BatchOrder } from '../model/build-batch.ts';
import { batchMistake, groupOrder, groupUuid, planBatch } from './plan-batch.ts';

const goesOn = { isStopping: false, isOverdue: false };

/** A group such as `b(a):SUCCEEDED`; one with `!` ignores its failure. */
function group(text: string): BatchGroup {
  const [, identifier = '', mark, needs = '', status] = /^(\w+)(!?)(?:\((.*?)\))?(?::(\w+))?$/.exec(text) ?? [];
  return {
    identifier,
    dependsOn: needs === '' ? [] : needs.split(' '),
    ignoresFailure: mark === '!',
    changes: { variables: {} },
    ...(status && { build: { id: `mill:${identifier}`, startedAt: 1, status: status as BuildStatus } }),
  };
}

const plan = (texts: string, options = goesOn, stopsAtFirstFailure = false) => {
  const groups = texts.split(', ').map(group);
  const { start, stop, end } = planBatch({ stopsAtFirstFailure, groups }, options);
  return [start.map(({ identifier }) => identifier).join(' '), stop.join(' '), end?.status];
};

test.each([
  ['a, b', 'a b', undefined],
  ['a, b(a)', 'a', undefined],
  ['a:IN_PROGRESS, b(a)', '', undefined],
  ['a:SUCCEEDED, b(a), c(a b)', 'b', undefined],
  ['a:SUCCEEDED, b(a):SUCCEEDED', '', 'SUCCEEDED'],
  ['a:FAILED, b(a), c', 'c', undefined],
  ['a:FAILED, b(a), c:SUCCEEDED', '', 'FAILED'],
  ['a!:FAILED, b(a)', 'b', undefined],
  ['a!:FAULT, b(a):SUCCEEDED', '', 'SUCCEEDED'],
  ['a:STOPPED', '', 'FAILED'],
])('of %s it starts [%s] and ends with %s', (groups, start, end) => {
  expect(plan(groups)).toEqual([start, '', end]);
});

test('the first failure stops the others if the batch says so', () => {
  expect(plan('a:FAILED, b:IN_PROGRESS, c', goesOn, true)).toEqual(['', 'mill:b', undefined]);
  expect(plan('a:FAILED, b:STOPPED, c', goesOn, true)).toEqual(['', '', 'FAILED']);
});

test.each([
  [{ isStopping: true, isOverdue: false }, 'STOPPED'],
  [{ isStopping: false, isOverdue: true }, 'TIMED_OUT'],
])('%j stops what runs, and then ends the batch', (options, status) => {
  expect(plan('a:IN_PROGRESS, b', options)).toEqual(['', 'mill:a', undefined]);
  expect(plan('a:STOPPED, b', options)).toEqual(['', '', status]);
});

const artifact = { bucket: 'out', key: 'nightly/app.zip', packaging: 'ZIP' } as const;
const order: BatchOrder = {
  build: buildOrder({ artifact, source: { type: 'GIT', repository: 'mill', ref: 'main' }, logStream: 'logs/batch' }),
  mostBuilds: 2,
  timeoutMs: 1,
};

test('a build of a batch has what its group changes, and artifacts of its own', () => {
  const changed = { ...group('a'), changes: { buildspec: 'a.yml', image: 'busybox', variables: { A: '1' } } };
  const groups = { stopsAtFirstFailure: false, groups: [changed], commit: 'c0ffee' };
  expect(groupOrder('mill:1', order, groups, changed)).toMatchObject({
    buildspec: { path: 'a.yml' },
    image: 'busybox',
    source: { type: 'GIT', repository: 'mill', ref: 'c0ffee' },
    variables: { start: [{ name: 'A', value: '1', type: 'PLAINTEXT' }] },
    artifact: { key: 'nightly/a/app.zip' },
    logStream: `logs/${groupUuid('mill:1', changed)}`,
    batch: { id: 'mill:1', identifier: 'a' },
  });
  expect(groupUuid('mill:1', changed)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(groupUuid('mill:2', changed)).not.toBe(groupUuid('mill:1', changed));
});

test('the restrictions of the project limit builds and compute types', () => {
  const groups = { stopsAtFirstFailure: false, groups: ['a', 'b', 'c'].map(group) };
  expect(batchMistake(groups, order)).toBe('The batch has 3 builds; the restrictions of the project allow 2.');
  expect(batchMistake(groups, { ...order, mostBuilds: 3 })).toBeUndefined();
  const restricted = { ...order, mostBuilds: 3, computeTypes: ['BUILD_GENERAL1_SMALL'] };
  expect(
    batchMistake(
      { ...groups, groups: [{ ...group('a'), changes: { computeType: 'BUILD_GENERAL1_LARGE', variables: {} } }] },
      restricted,
    ),
  ).toBe('The restrictions of the project do not allow the compute type BUILD_GENERAL1_LARGE.');
});
