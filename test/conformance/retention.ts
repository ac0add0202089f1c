import { describe, expect, test } from 'vitest';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import { rollbackStage } from '../../src/engine/events/rollback-stage.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import type { JobResult } from '../../src/model/job.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import type { EndedExecution } from '../../src/store/store.ts';
import { action, buildType, declare, scope, source, stage, twoStages } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const failure: JobResult = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } };

/** Removing what is too old to be kept (behaviour B.6). */
export function retentionCases(open: OpenStore): void {
  const bench = useBench(open);
  /** Runs the latest execution of `twoStages` to its end, one second later; returns its id. */
  const run = async (result: JobResult = { outcome: 'Succeeded' }) => {
    const { job, executionId } = await bench.claimOne();
    await bench.succeed(job.id);
    bench.clock.pass(1000);
    await bench.report((await bench.claimOne(buildType)).job.id, result);
    return executionId;
  };
  const startAndRun = async (result?: JobResult) => {
    await bench.start('Mill');
    return run(result);
  };
  /** Prunes everything that has ended by now; returns the removed ids. */
  const prune = async (endedBefore = bench.clock.at + 1) => {
    const gone: string[] = [];
    for (const { id } of await bench.store.retention.ended({ endedBefore, limit: 99 })) {
      if ((await bench.store.retention.prune(id, endedBefore)) === 'pruned') gone.push(id);
    }
    return gone;
  };
  const listed = async ({ id }: Pipeline) =>
    (await bench.store.executions.list(id, { limit: 99 })).map((execution) => execution.id).reverse();
  const removals = () => bench.store.retention.removals({ after: 0, limit: 99 });

  describe('an execution that ended long ago', () => {
    test('is removed with its actions and jobs, and no longer found', async () => {
      const pipeline = await bench.create();
      const { job } = await bench.claimOne();
      const { executionId } = await bench
        .snapshot(job.id)
        .then(({ execution }) => ({ executionId: execution?.id ?? '' }));
      await bench.succeed(job.id);
      await bench.succeed((await bench.claimOne(buildType)).job.id);
      const newer = await startAndRun();
      expect(await prune()).toEqual([executionId]);
      await bench.reopen();
      expect(await listed(pipeline)).toEqual([newer]);
      expect(await bench.store.executions.find(pipeline.id, executionId)).toBeUndefined();
      const actions = await bench.store.executions.listActions(pipeline.id, { limit: 99 });
      expect(new Set(actions.map((each) => each.executionId))).toEqual(new Set([newer]));
      expect(await bench.store.jobs.find(job.id)).toBeUndefined();
      await expect(bench.succeed(job.id)).rejects.toMatchObject({ code: 'JobNotFoundException' });
    });

    test('leaves a record of its output artifacts until the record is deleted', async () => {
      const pipeline = await bench.create();
      const at = bench.clock.at;
      await run();
      const artifacts = (await bench.store.executions.listActions(pipeline.id, { limit: 9 }))
        .reverse()
        .flatMap(({ start }) => start.outputArtifacts);
      await startAndRun();
      expect(await removals()).toEqual([]);
      await prune();
      await bench.reopen();
      const recorded = await removals();
      expect(recorded).toMatchObject([
        { account: scope.account, bucket: 'artifacts', key: artifacts[0]?.objectKey, startedAt: at, endedAt: at },
        {
          account: scope.account,
          bucket: 'artifacts',
          key: artifacts[1]?.objectKey,
          startedAt: at,
          endedAt: at + 1000,
        },
      ]);
      await bench.store.retention.forgetRemoval(recorded[0]?.sequence ?? 0);
      expect(await removals()).toEqual(recorded.slice(1));
      expect(await bench.store.retention.removals({ after: recorded[1]?.sequence ?? 0, limit: 9 })).toEqual([]);
    });

    test('is dated by its end, and listed in the order of ends, in pages', async () => {
      const pipeline = await bench.create();
      const ids = [await run()];
      for (let count = 0; count < 4; count += 1) ids.push(await startAndRun());
      const endedBefore = (await bench.store.executions.find(pipeline.id, ids[3] ?? ''))?.updatedAt ?? 0;
      const listed: EndedExecution[] = [];
      for (;;) {
        const page = await bench.store.retention.ended({ endedBefore, after: listed.at(-1), limit: 2 });
        listed.push(...page);
        if (page.length < 2) break;
      }
      expect(listed.map(({ id }) => id)).toEqual(ids.slice(0, 3));
      expect(await bench.store.retention.prune(ids[3] ?? '', endedBefore)).toBe('kept');
    });

    test('is listed with others that ended in the same instant', async () => {
      await bench.create();
      for (let count = 0; count < 5; count += 1) await bench.start('Mill');
      await bench.delete('Mill');
      const page = { endedBefore: bench.clock.at + 1, limit: 3 };
      const first = await bench.store.retention.ended(page);
      const rest = await bench.store.retention.ended({ ...page, after: first.at(-1) });
      expect(new Set([...first, ...rest].map(({ id }) => id)).size).toBe(6);
    });
  });

  describe('an execution stays, however old it is', () => {
    test('if it is in progress', async () => {
      const pipeline = await bench.create();
      const { executionId } = await bench.claimOne();
      bench.clock.pass(2 ** 40);
      expect(await prune()).toEqual([]);
      expect(await bench.store.retention.prune(executionId, bench.clock.at + 1)).toBe('kept');
      expect(await listed(pipeline)).toEqual([executionId]);
    });

    test('if it was retried after it was listed as ended', async () => {
      await bench.create();
      const executionId = await run(failure);
      const endedBefore = bench.clock.at + 1;
      expect(await bench.store.retention.ended({ endedBefore, limit: 9 })).toMatchObject([{ id: executionId }]);
      await bench.store.advance(
        { kind: 'execution', scope, name: 'Mill', executionId, stageName: 'Build' },
        (seen, at) => retryStage(seen, { executionId, stageName: 'Build', mode: 'FAILED_ACTIONS' }, at),
      );
      expect(await bench.store.retention.prune(executionId, endedBefore)).toBe('kept');
      await bench.succeed((await bench.claimOne(buildType)).job.id);
    });

    test('if GetPipelineState shows it, even for only one action of a stage (behaviour C.16)', async () => {
      const stages = [stage('Source', source()), stage('Build', action('Compile'), action('Pack', { runOrder: 2 }))];
      const pipeline = await bench.create(declare(stages));
      const whole = await run();
      await bench.report((await bench.claimOne(buildType)).job.id, failure);
      const half = await startAndRun(failure);
      const last = await startAndRun(failure);
      expect(await bench.latestAction(pipeline.id, 'Build', 'Pack')).toMatchObject({ executionId: whole });
      expect(await prune()).toEqual([half]);
      expect(await listed(pipeline)).toEqual([whole, last]);
      expect(await bench.latestStage(pipeline.id, 'Build')).toMatchObject({ executionId: last });
    });

    test('but not for a stage that the pipeline no longer has', async () => {
      const pipeline = await bench.create();
      const shown = await run();
      await bench.store.pipelines.update(
        scope,
        'Mill',
        () => declare([stage('Source', source()), stage('Other', action('Compile'))]),
        endOutdated,
      );
      const newer = await startAndRun();
      expect(await prune()).toEqual([shown]);
      expect(await listed(pipeline)).toEqual([newer]);
    });

    test('if it is the target of a rollback, as long as its version is the current one (behaviour C.7)', async () => {
      const pipeline = await bench.create();
      await run();
      const target = await startAndRun();
      await startAndRun(failure);
      const last = await startAndRun(failure);
      await prune();
      expect(await listed(pipeline)).toEqual([target, last]);
      await bench.store.pipelines.update(scope, 'Mill', (current) => current, endOutdated);
      expect(await prune()).toEqual([target]);
    });

    test('if it was the target of a rollback, as long as the rollback stays', async () => {
      const pipeline = await bench.create(twoStages({ pipelineType: 'V2' }));
      const target = await run();
      const key = { kind: 'execution', scope, name: 'Mill', executionId: target } as const;
      const rollback = await bench.store.advance(key, (snapshot, moment) =>
        rollbackStage(snapshot, { stageName: 'Build', targetExecutionId: target, callerArn: 'arn' }, moment),
      );
      await bench.succeed((await bench.claimOne(buildType)).job.id);
      const newer = await startAndRun();
      expect(await bench.store.retention.prune(target, bench.clock.at + 1)).toBe('kept');
      expect(await prune()).toEqual([rollback]);
      expect(await prune()).toEqual([target]);
      expect(await listed(pipeline)).toEqual([newer]);
    });
  });

  describe('a deleted pipeline', () => {
    test('is removed after the last of its executions, with its versions; another of its name stays', async () => {
      const old = await bench.create();
      await bench.store.pipelines.update(scope, 'Mill', (current) => current, endOutdated);
      const { job } = await bench.claimOne();
      await bench.delete('Mill');
      const deletedBefore = bench.clock.at + 1;
      const again = await bench.create();
      expect(await bench.store.retention.prunePipelines(bench.clock.at)).toBe(false);
      expect(await bench.store.retention.prunePipelines(deletedBefore)).toBe(false);
      expect(await bench.store.pipelines.declaration(old.id, 1)).toBeDefined();
      expect(await prune()).toHaveLength(1);
      expect(await removals()).toHaveLength(1);
      expect(await bench.store.retention.prunePipelines(deletedBefore)).toBe(true);
      expect(await bench.store.retention.prunePipelines(deletedBefore)).toBe(false);
      expect(await bench.store.pipelines.declaration(old.id, 1)).toBeUndefined();
      expect(await bench.store.pipelines.declaration(old.id, 2)).toBeUndefined();
      expect(await bench.store.jobs.find(job.id)).toBeUndefined();
      expect(await bench.store.pipelines.find(scope, 'Mill')).toEqual(again);
      expect(await bench.store.executions.list(again.id, { limit: 9 })).toHaveLength(1);
    });

    test('keeps none of its executions, rollbacks and their targets included', async () => {
      await bench.create(twoStages({ pipelineType: 'V2' }));
      const target = await run();
      const key = { kind: 'execution', scope, name: 'Mill', executionId: target } as const;
      const rollback = await bench.store.advance(key, (snapshot, moment) =>
        rollbackStage(snapshot, { stageName: 'Build', targetExecutionId: target, callerArn: 'arn' }, moment),
      );
      await bench.delete('Mill');
      expect(await prune()).toEqual([target, rollback]);
    });
  });
}
