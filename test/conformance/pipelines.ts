import { describe, expect, test } from 'vitest';
import { startExecution } from '../../src/engine/events/start-execution.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import { pipelineOf, scope, twoStages } from '../support/pipelines/declarations.ts';
import { idsOf, type OpenStore, useBench } from './bench.ts';

/** Names in the order of their UTF-8 bytes, which differs from the orders of dictionaries and of UTF-16. */
export const bytewise = [
  '-',
  '.',
  '0',
  '10',
  '9',
  '@',
  'A',
  'B',
  'Z',
  'Z1',
  '_',
  'a',
  'aB',
  'aa',
  'b',
  'z',
  'é',
  '\ufffd',
  '😀',
];

/** Pipelines and their declarations. */
export function pipelineCases(open: OpenStore): void {
  const bench = useBench(open);
  const foreign = { account: '210987654321', region: 'us-east-1' };
  const elsewhere = { account: scope.account, region: 'eu-west-1' };

  describe('a created pipeline', () => {
    test('has version 1 and its first execution (decision 17)', async () => {
      const pipeline = await bench.create(twoStages());
      expect(await bench.store.pipelines.find(scope, 'Mill')).toEqual(pipeline);
      expect(await bench.store.pipelines.declaration(pipeline.id, 1)).toEqual(twoStages());
      expect(await bench.store.pipelines.declaration(pipeline.id, 2)).toBeUndefined();
      expect(await bench.store.executions.list(pipeline.id, { limit: 9 })).toMatchObject([
        { status: 'InProgress', trigger: { triggerType: 'CreatePipeline' } },
      ]);
    });

    test('a taken name returns undefined and writes nothing (decision 8)', async () => {
      const first = await bench.create();
      const other = pipelineOf(twoStages({ roleArn: 'other' }), { id: 'other' });
      const answer = await bench.store.pipelines.create(other, twoStages({ roleArn: 'other' }), {}, () => {
        throw new Error('decided although the name is taken');
      });
      expect(answer).toBeUndefined();
      expect(await bench.store.pipelines.find(scope, 'Mill')).toEqual(first);
      expect(await bench.store.pipelines.declaration('other', 1)).toBeUndefined();
      expect(await bench.store.pipelines.count(scope)).toBe(1);
    });

    test('of many concurrent creations of one name exactly one succeeds', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          bench.store.pipelines.create(
            pipelineOf(twoStages(), { id: `p${index}` }),
            twoStages(),
            {},
            (snapshot, moment) => startExecution(snapshot, { triggerType: 'CreatePipeline' }, moment),
          ),
        ),
      );
      expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
      expect(idsOf(await bench.claim())).toHaveLength(1);
    });

    test('a refused first execution leaves no pipeline', async () => {
      const creation = bench.store.pipelines.create(pipelineOf(twoStages()), twoStages(), {}, () => ({
        refuse: 'ValidationException',
        message: 'no',
      }));
      await expect(creation).rejects.toMatchObject({ code: 'ValidationException' });
      expect(await bench.store.pipelines.find(scope, 'Mill')).toBeUndefined();
      await bench.create();
    });

    test('its name is taken only in its account and Region, case-sensitively (decision 13)', async () => {
      await bench.create();
      await bench.create(twoStages({ name: 'mill' }));
      await bench.create(twoStages(), foreign);
      await bench.create(twoStages(), elsewhere);
      expect((await bench.store.pipelines.find(foreign, 'Mill'))?.id).toBe('pipeline-3');
      expect((await bench.store.pipelines.find(elsewhere, 'Mill'))?.id).toBe('pipeline-4');
      expect((await bench.store.pipelines.find(scope, 'mill'))?.id).toBe('pipeline-2');
      expect(await bench.store.pipelines.count(scope)).toBe(2);
    });
  });

  describe('a deleted pipeline', () => {
    test('is hidden from every read, and its name is free again', async () => {
      const first = await bench.create();
      expect(await bench.delete('Mill')).toBe(true);
      expect(await bench.store.pipelines.find(scope, 'Mill')).toBeUndefined();
      expect(await bench.store.pipelines.list(scope, { afterName: '', limit: 9 })).toEqual([]);
      expect(await bench.store.pipelines.count(scope)).toBe(0);
      await expect(bench.start('Mill')).rejects.toMatchObject({ code: 'PipelineNotFoundException' });
      const second = await bench.create();
      expect(second.id).not.toBe(first.id);
      expect(await bench.store.executions.list(second.id, { limit: 9 })).toHaveLength(1);
    });

    test('has no open jobs: offered, delivered and acknowledged ones have ended', async () => {
      await bench.create();
      await bench.create(twoStages({ name: 'Other' }));
      const [claimed, acknowledged] = await bench.claim();
      await bench.store.jobs.acknowledge(acknowledged?.job.id ?? '', '3');
      await bench.delete('Mill');
      await bench.delete('Other');
      bench.clock.pass(24 * 60 * 60 * 1000);
      expect(await bench.claim()).toEqual([]);
      expect(await bench.store.jobs.nextDeadline()).toBeUndefined();
      expect(await bench.store.jobs.overdue(bench.clock.at, 9)).toEqual([]);
      for (const record of [claimed, acknowledged]) {
        expect(await bench.job(record?.job.id ?? '')).toMatchObject({ status: 'Failed', offerAt: undefined });
      }
    });

    test('leaves the jobs of other pipelines alone', async () => {
      await bench.create();
      const other = await bench.create(twoStages({ name: 'Other' }));
      await bench.delete('Mill');
      expect((await bench.claim()).map(({ pipeline }) => pipeline.id)).toEqual([other.id]);
    });

    test('a repeated result is accepted, a different one is rejected (behaviour A.6)', async () => {
      await bench.create();
      const { job } = await bench.claimOne();
      await bench.succeed(job.id, { outputVariables: { A: '1' } });
      await bench.delete('Mill');
      await bench.succeed(job.id, { outputVariables: { A: '1' } });
      await expect(bench.succeed(job.id)).rejects.toMatchObject({ code: 'InvalidJobStateException' });
    });

    test('is deleted once; a missing one returns false, as in every other scope', async () => {
      await bench.create();
      expect(await bench.delete('Mill', foreign)).toBe(false);
      expect(await bench.delete('Mill', elsewhere)).toBe(false);
      expect(await bench.delete('MILL')).toBe(false);
      expect(await bench.delete('Mill')).toBe(true);
      expect(await bench.delete('Mill')).toBe(false);
    });
  });

  describe('the list', () => {
    test('is ordered by the bytes of the names, in whichever order they were created', async () => {
      for (const name of [...bytewise].reverse()) await bench.create(twoStages({ name }));
      const rows = await bench.store.pipelines.list(scope, { afterName: '', limit: 99 });
      expect(rows.map(({ pipeline }) => pipeline.name)).toEqual(bytewise);
    });

    test('has pages that neither repeat nor skip a name', async () => {
      for (const name of bytewise) await bench.create(twoStages({ name }));
      const names: string[] = [];
      for (let afterName = ''; ; afterName = names.at(-1) ?? '') {
        const page = await bench.store.pipelines.list(scope, { afterName, limit: 4 });
        names.push(...page.map(({ pipeline }) => pipeline.name));
        if (page.length < 4) break;
      }
      expect(names).toEqual(bytewise);
    });

    test('has a form without declarations, with the type and mode of the current version', async () => {
      await bench.create(twoStages({ name: 'Old', pipelineType: 'V1' }));
      await bench.create(twoStages({ name: 'New', pipelineType: 'V2', executionMode: 'QUEUED' }));
      await bench.create(twoStages({ name: 'Theirs' }), foreign);
      const summarize = () => bench.store.pipelines.summarize(scope, { afterName: '', limit: 9 });
      expect(await summarize()).toEqual([
        { pipeline: expect.objectContaining({ name: 'New' }), pipelineType: 'V2', executionMode: 'QUEUED' },
        { pipeline: expect.objectContaining({ name: 'Old' }), pipelineType: 'V1', executionMode: 'SUPERSEDED' },
      ]);
      await bench.store.pipelines.update(
        scope,
        'Old',
        (current) => ({ ...current, pipelineType: 'V2', executionMode: 'PARALLEL' }),
        endOutdated,
      );
      expect((await summarize())[1]).toMatchObject({ pipeline: { version: 2 }, executionMode: 'PARALLEL' });
    });

    test('has only the pipelines of the account and Region, each with its declaration', async () => {
      await bench.create(twoStages({ name: 'Ours' }));
      await bench.create(twoStages({ name: 'Theirs' }), foreign);
      await bench.create(twoStages({ name: 'There' }), elsewhere);
      const rows = await bench.store.pipelines.list(scope, { afterName: '', limit: 9 });
      expect(rows.map(({ declaration }) => declaration)).toEqual([twoStages({ name: 'Ours' })]);
    });

    test('of all accounts and Regions is paged by id, without deleted pipelines', async () => {
      const made = [
        await bench.create(twoStages({ name: 'Ours' })),
        await bench.create(twoStages({ name: 'Theirs' }), foreign),
        await bench.create(twoStages({ name: 'There' }), elsewhere),
      ];
      await bench.create(twoStages({ name: 'Gone' }));
      await bench.delete('Gone');
      const { listAll } = bench.store.pipelines;
      const first = await listAll({ afterId: '', limit: 2 });
      const rest = await listAll({ afterId: first.at(-1)?.pipeline.id ?? '', limit: 2 });
      const byId = [...made].sort((left, right) => (left.id < right.id ? -1 : 1));
      expect([...first, ...rest]).toEqual(
        byId.map((pipeline) => ({ pipeline, declaration: twoStages({ name: pipeline.name }) })),
      );
    });
  });
}
