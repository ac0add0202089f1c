import { expect, test } from 'vitest';
import type { BatchTask } from '../buildspec/buildspec.ts';
import { runInOrder } from './batch-order.ts';

const task = (identifier: string, changes: Partial<BatchTask> = {}): BatchTask => ({
  identifier,
  dependsOn: [],
  ignoresFailure: false,
  variables: {},
  ...changes,
});

async function run(tasks: BatchTask[], failing: string[], stopsAtFirstFailure = false) {
  const order: string[] = [];
  const ended = await runInOrder({ stopsAtFirstFailure, tasks }, async ({ identifier }) => {
    order.push(identifier);
    return !failing.includes(identifier);
  });
  return { order, ended: ended.map(({ identifier, status }) => `${identifier} ${status}`) };
}

test('builds run after those they depend on', async () => {
  const tasks = [task('deploy', { dependsOn: ['test', 'lint'] }), task('test', { dependsOn: ['lint'] }), task('lint')];
  expect((await run(tasks, [])).order).toEqual(['lint', 'test', 'deploy']);
});

test('a failure skips what depends on it, and nothing else', async () => {
  const tasks = [task('a'), task('b', { dependsOn: ['a'] }), task('c', { dependsOn: ['b'] }), task('d')];
  expect(await run(tasks, ['a'])).toEqual({
    order: ['a', 'd'],
    ended: ['a FAILED', 'b SKIPPED', 'c SKIPPED', 'd SUCCEEDED'],
  });
});

test('a batch that stops at its first failure skips the rest, unless the failure is ignored', async () => {
  const tasks = [task('a', { ignoresFailure: true }), task('b'), task('c')];
  expect((await run(tasks, ['a', 'b'], true)).ended).toEqual(['a SUCCEEDED', 'b FAILED', 'c SKIPPED']);
});
