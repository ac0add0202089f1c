import { expect, test } from 'vitest';
import { disableTransition } from '../../src/engine/events/transition.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import { scope, sourceType, twoStages } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';
import { outcomeOf } from './pipeline-view.ts';
import type { Steps } from './steps.ts';

/** Starts that arrive together share a transaction where the store groups commits, which must not change their results. */
export function groupedStartCases(open: OpenStore): void {
  const bench = useBench(open);

  const create = async (...names: string[]) => {
    const pipelines: string[] = [];
    for (const name of names) pipelines.push((await bench.create(twoStages({ name }))).id);
    return pipelines;
  };
  /** Lists the executions of a pipeline, oldest first. */
  const listOf = async (pipelineId: string) => (await bench.store.executions.list(pipelineId, { limit: 99 })).reverse();
  const statusesOf = async (pipelineId: string) => (await listOf(pipelineId)).map(({ status }) => status);
  const fail = (node: Steps, name: string) =>
    node.store.advance({ kind: 'pipeline', scope, name }, () => {
      throw new Error('broken');
    });

  test('starts of several pipelines run in the order of their calls, each after what the one before has left', async () => {
    const pipelines = await create('A', 'B', 'C', 'D');
    const names = Array.from({ length: 16 }, (_, index) => 'ABCD'[(index * 3) % 4] ?? 'A');
    const ids = await Promise.all(names.map((name) => bench.start(name)));
    for (const [index, pipelineId] of pipelines.entries()) {
      const started = ids.filter((_, call) => names[call] === 'ABCD'[index]);
      const [first, ...executions] = await listOf(pipelineId);
      expect(first?.status).toBe('InProgress');
      expect(executions.map(({ id }) => id)).toEqual(started);
      expect(executions.map(({ status }) => status)).toEqual([
        ...Array(started.length - 1).fill('Superseded'),
        'InProgress',
      ]);
      const [source] = await bench.store.executions.occupancy(pipelineId, ['Source']);
      expect(source).toMatchObject({ holder: first?.id, waiting: [started.at(-1)] });
    }
  });

  test('a client token that is repeated starts one execution', async () => {
    const [a = '', b = ''] = await create('A', 'B');
    const starts = ['A', 'B', 'A', 'A'].map((name) => bench.start(name, { clientRequestToken: 'token' }));
    const [first, other, second, third] = await Promise.all(starts);
    expect([second, third]).toEqual([first, first]);
    expect(other).not.toBe(first);
    expect([await statusesOf(a), await statusesOf(b)]).toEqual(Array(2).fill(['InProgress', 'InProgress']));
  });

  test('a start that is refused takes nothing else with it', async () => {
    const [a = '', b = ''] = await create('A', 'B');
    const twice = { variables: Array(2).fill({ name: 'Same', value: 'v' }) };
    const ends = await Promise.all([
      outcomeOf(bench.start('A')),
      outcomeOf(bench.start('A', twice)),
      outcomeOf(bench.start('Nowhere')),
      outcomeOf(bench.start('B', twice)),
      outcomeOf(bench.start('A')),
    ]);
    expect(ends).toEqual(['done', 'ValidationException', 'PipelineNotFoundException', 'ValidationException', 'done']);
    expect(await statusesOf(a)).toEqual(['InProgress', 'Superseded', 'InProgress']);
    expect(await statusesOf(b)).toEqual(['InProgress']);
    await bench.start('B');
    expect(await statusesOf(b)).toEqual(['InProgress', 'InProgress']);
  });

  test('a start that breaks fails alone, and every other one happens once', async () => {
    const [a = '', b = ''] = await create('A', 'B');
    const { job } = await claimOf('A');
    const ends = await Promise.allSettled([
      bench.start('A'),
      fail(bench, 'A'),
      bench.start('B'),
      bench.succeed(job.id),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await statusesOf(a)).toEqual(['InProgress', 'InProgress']);
    expect(await statusesOf(b)).toEqual(['InProgress', 'InProgress']);
    const [, build] = await bench.store.executions.occupancy(a, ['Source', 'Build']);
    expect(build?.holder).toBeDefined();
    // Nothing that was kept before the transaction was rolled back is used.
    await Promise.all([bench.start('A'), bench.start('B')]);
    expect(await statusesOf(b)).toEqual(['InProgress', 'Superseded', 'InProgress']);
  });

  test('a decision that says nothing of what it leaves is seen by the next one of its group', async () => {
    const [a = '', b = ''] = await create('A', 'B');
    const jobs = await bench.claim();
    const close = (name: string) =>
      bench.store.advance({ kind: 'pipeline', scope, name }, (snapshot, moment) => {
        const way = { stageName: 'Build', transitionType: 'Inbound', changedBy: 'arn', reason: 'freeze' } as const;
        return disableTransition(snapshot, way, moment);
      });
    await bench.start('A');
    await Promise.all([close('A'), close('B'), ...jobs.map(({ job }) => bench.succeed(job.id))]);
    for (const pipelineId of [a, b]) {
      const [, build] = await bench.store.executions.occupancy(pipelineId, ['Source', 'Build']);
      expect([build?.holder, build?.waiting.length]).toEqual([undefined, 1]);
    }
  });

  test('a pipeline that is deleted, or created again, while the group waits for it', async () => {
    const [a = ''] = await create('A', 'B');
    const other = await bench.another();
    const held = await bench.hold(a);
    const deleted = other.delete('A');
    await held.untilWaiting(1);
    const starts = Promise.all([outcomeOf(bench.start('B')), outcomeOf(bench.start('A'))]);
    await held.untilWaiting(2);
    await held.release();
    expect([await deleted, await starts]).toEqual([true, ['done', 'PipelineNotFoundException']]);
    const again = await bench.create(twoStages({ name: 'A' }));
    await Promise.all([bench.start('B'), bench.start('A')]);
    expect(await statusesOf(again.id)).toEqual(['InProgress', 'InProgress']);
    expect(await statusesOf(a)).toEqual(['Stopped']);
  });

  test('a pipeline that is updated while the group waits for it starts in its new version', async () => {
    const [a = '', b = ''] = await create('A', 'B');
    const other = await bench.another();
    await Promise.all([bench.start('A'), bench.start('B')]);
    const held = await bench.hold(a);
    const updated = other.store.pipelines.update(scope, 'A', (current) => current, endOutdated);
    await held.untilWaiting(1);
    const starts = Promise.all([bench.start('A'), bench.start('B')]);
    await held.untilWaiting(2);
    await held.release();
    await Promise.all([updated, starts]);
    expect((await listOf(a)).map(({ pipelineVersion }) => pipelineVersion)).toEqual([1, 1, 2]);
    expect((await listOf(b)).map(({ pipelineVersion }) => pipelineVersion)).toEqual([1, 1, 1]);
  });

  test('two nodes start and report on the same pipelines in opposite orders without a deadlock', async () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F'];
    const pipelines = await create(...names);
    const other = await bench.another();
    for (let round = 0; round < 4; round += 1) {
      const jobs = await bench.claim({ type: sourceType });
      await Promise.all([
        ...[...names, ...names].map((name) => bench.start(name)),
        ...[...names, ...names].reverse().map((name) => other.start(name)),
        ...jobs.map(({ job }, index) => (index % 2 === 0 ? bench : other).succeed(job.id)),
      ]);
    }
    for (const pipelineId of pipelines) {
      const executions = await listOf(pipelineId);
      expect(executions).toHaveLength(17);
      const stages = await bench.store.executions.occupancy(pipelineId, ['Source', 'Build']);
      const present = stages.flatMap(({ holder, waiting }) => [holder ?? [], waiting].flat());
      const running = executions.filter(({ status }) => status === 'InProgress').map(({ id }) => id);
      expect(present.sort()).toEqual(running.sort());
      expect(stages.map(({ waiting }) => waiting.length <= 1)).toEqual([true, true]);
    }
  });

  async function claimOf(name: string) {
    const found = (await bench.claim({ type: sourceType })).find(({ pipeline }) => pipeline.name === name);
    if (!found) throw new Error(`no job of ${name}`);
    return found;
  }
}
