import { describe, expect, test } from 'vitest';
import { action, buildType, declare, scope, source, stage, twoStages } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** Executions and actions as history and as current state. */
export function historyCases(open: OpenStore): void {
  const bench = useBench(open);

  describe('executions', () => {
    test('come newest first, in the order in which they were started and not by the clock', async () => {
      const pipeline = await bench.create();
      const ids = [];
      for (let count = 0; count < 4; count += 1) {
        bench.clock.pass(-1000);
        ids.unshift(await bench.start('Mill'));
      }
      const rows = await bench.store.executions.list(pipeline.id, { limit: 9 });
      expect(rows.map(({ id }) => id).slice(0, 4)).toEqual(ids);
      expect(rows).toHaveLength(5);
    });

    test('are paged by sequence; one started in between changes no page', async () => {
      const pipeline = await bench.create();
      for (let count = 0; count < 6; count += 1) await bench.start('Mill');
      const all = (await bench.store.executions.list(pipeline.id, { limit: 99 })).map(({ id }) => id);
      const seen: string[] = [];
      let before: number | undefined;
      for (;;) {
        const page = await bench.store.executions.list(pipeline.id, { before, limit: 3 });
        seen.push(...page.map(({ id }) => id));
        before = page.at(-1)?.sequence;
        await bench.start('Mill');
        if (page.length < 3) break;
      }
      expect(seen).toEqual(all);
    });

    test('belong to one pipeline', async () => {
      const mill = await bench.create();
      const other = await bench.create(twoStages({ name: 'Other' }));
      const [row] = await bench.store.executions.list(mill.id, { limit: 9 });
      expect(await bench.store.executions.list(mill.id, { limit: 9 })).toHaveLength(1);
      expect((await bench.store.executions.find(mill.id, row?.id ?? ''))?.id).toBe(row?.id);
      expect(await bench.store.executions.find(other.id, row?.id ?? '')).toBeUndefined();
      expect(await bench.store.executions.find(mill.id, 'nope')).toBeUndefined();
    });

    test('can be filtered by version and a stage they succeeded in', async () => {
      const pipeline = await bench.create();
      const { job, executionId } = await bench.claimOne();
      await bench.succeed(job.id);
      const second = await bench.start('Mill');
      const list = (stageName: string, version = 1) =>
        bench.store.executions.list(pipeline.id, { limit: 9, succeededIn: { stageName, version } });
      expect(await list('Source')).toMatchObject([{ id: executionId }]);
      expect(await list('Build')).toEqual([]);
      expect(await list('Source', 2)).toEqual([]);
      await bench.succeed((await bench.claimOne()).job.id);
      expect((await list('Source')).map(({ id }) => id)).toEqual([second, executionId]);
      expect(await bench.store.executions.list(pipeline.id, { limit: 9 })).toHaveLength(2);
    });

    test('have start, end and instants beyond 32 bits', async () => {
      const pipeline = await bench.create();
      const { at } = bench.clock;
      expect(at).toBeGreaterThan(2 ** 32);
      const { job, executionId } = await bench.claimOne();
      bench.clock.pass(2 ** 40);
      await bench.report(job.id, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } });
      expect(await bench.store.executions.find(pipeline.id, executionId)).toEqual({
        id: executionId,
        pipelineVersion: 1,
        executionMode: 'SUPERSEDED',
        status: 'Failed',
        trigger: { triggerType: 'CreatePipeline' },
        variables: [],
        sourceBindings: [],
        revisions: [],
        startedAt: at,
        updatedAt: at + 2 ** 40,
      });
    });
  });

  describe('action executions', () => {
    test('come newest first, of one execution or of all', async () => {
      const pipeline = await bench.create();
      const first = await bench.claimOne();
      await bench.succeed(first.job.id);
      await bench.start('Mill');
      const list = (page: { executionId?: string; before?: number; limit: number }) =>
        bench.store.executions.listActions(pipeline.id, page);
      const all = await list({ limit: 9 });
      expect(all.map(({ actionName }) => actionName)).toEqual(['Fetch', 'Compile', 'Fetch']);
      expect(all.at(-1)).toMatchObject({ executionId: first.executionId, pipelineVersion: 1, status: 'Succeeded' });
      const own = await list({ executionId: first.executionId, limit: 9 });
      expect(own.map(({ actionName }) => actionName)).toEqual(['Compile', 'Fetch']);
      expect(await list({ limit: 2 })).toEqual(all.slice(0, 2));
      expect(await list({ before: all[1]?.sequence, limit: 9 })).toEqual(all.slice(2));
      expect(await list({ executionId: first.executionId, before: own[0]?.sequence, limit: 9 })).toEqual(own.slice(1));
    });

    test('are found only in their account and Region, and not in a deleted pipeline', async () => {
      await bench.create();
      const { action: fetch } = await bench.claimOne();
      const { executions } = bench.store;
      expect(await executions.hasAction(scope, fetch.id)).toBe(true);
      expect(await executions.hasAction(scope, 'nope')).toBe(false);
      expect(await executions.hasAction({ ...scope, region: 'eu-west-1' }, fetch.id)).toBe(false);
      expect(await executions.hasAction({ ...scope, account: '210987654321' }, fetch.id)).toBe(false);
      await bench.delete('Mill');
      expect(await executions.hasAction(scope, fetch.id)).toBe(false);
    });

    test('of another pipeline are not listed, even by execution', async () => {
      await bench.create();
      const other = await bench.create(twoStages({ name: 'Other' }));
      const [record] = await bench.claim();
      const page = { executionId: record?.executionId ?? '', limit: 9 };
      expect(await bench.store.executions.listActions(other.id, page)).toEqual([]);
    });
  });

  describe('the current state', () => {
    test('has the latest passage through a stage and the latest attempt of an action', async () => {
      const pipeline = await bench.create();
      const first = await bench.claimOne();
      await bench.succeed(first.job.id);
      const second = await bench.start('Mill');
      expect(await bench.latestStage(pipeline.id, 'Source')).toMatchObject({
        executionId: second,
        isLocking: true,
      });
      expect(await bench.latestStage(pipeline.id, 'Build')).toMatchObject({ executionId: first.executionId });
      expect(await bench.latestStage(pipeline.id, 'source')).toBeUndefined();
      expect(await bench.latestAction(pipeline.id, 'Source', 'Fetch')).toMatchObject({ status: 'InProgress' });
      expect(await bench.latestAction(pipeline.id, 'Build', 'Compile')).toMatchObject({ status: 'InProgress' });
      expect(await bench.latestAction(pipeline.id, 'Build', 'Fetch')).toBeUndefined();
      expect(await bench.latestAction('other', 'Source', 'Fetch')).toBeUndefined();
    });

    test('has each of any number of stages and actions once', async () => {
      const pipeline = await bench.create();
      await bench.succeed((await bench.claimOne()).job.id);
      const others = Array.from({ length: 130 }, (_, index) => `Stage${index}`);
      const stageNames = ['Source', ...others, 'Build'];
      const passages = await bench.store.executions.latestStages(pipeline.id, stageNames);
      expect(passages.map(({ stageName }) => stageName).sort()).toEqual(['Build', 'Source']);
      const actions = stageNames.flatMap((stageName) => [
        { stageName, actionName: 'Fetch' },
        { stageName, actionName: 'Compile' },
      ]);
      const attempts = await bench.store.executions.latestActions(pipeline.id, actions);
      expect(attempts.map(({ stageName, actionName }) => [stageName, actionName]).sort()).toEqual([
        ['Build', 'Compile'],
        ['Source', 'Fetch'],
      ]);
      expect(await bench.store.executions.latestStages(pipeline.id, [])).toEqual([]);
    });

    test('has holders and waiting executions, in the order of the requested stages', async () => {
      const pipeline = await bench.create();
      const first = await bench.claimOne();
      await bench.succeed(first.job.id);
      const second = await bench.start('Mill');
      const third = await bench.start('Mill');
      expect(await bench.store.executions.occupancy(pipeline.id, ['Build', 'Elsewhere', 'Source'])).toMatchObject([
        { stageName: 'Build', holder: first.executionId, waiting: [] },
        { stageName: 'Elsewhere', holder: undefined, waiting: [] },
        { stageName: 'Source', holder: second, waiting: [third] },
      ]);
    });
  });

  test('documents are returned unchanged: nested, empty, sealed, in any script', async () => {
    const configuration = { Command: 'make "\\\n\t💧 –', Secret: { sealed: 'AbC+/=' } };
    await bench.create(declare([stage('Source', source()), stage('Build', action('Compile', { configuration }))]));
    const { job } = await bench.claimOne();
    await bench.succeed(job.id, { outputVariables: { Empty: '', Text: "it's; -- 💧 ?" } });
    const { action: started } = await bench.claimOne(buildType);
    expect(started.start.configuration).toEqual(configuration);
    const produced = (await bench.snapshot(job.id)).execution?.actions[0]?.outputVariables;
    expect(produced).toEqual({ Empty: '', Text: "it's; -- 💧 ?" });
  });
}
