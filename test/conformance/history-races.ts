import { describe, expect, test } from 'vitest';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import { rollbackStage } from '../../src/engine/events/rollback-stage.ts';
import { startByWebhook } from '../../src/engine/events/start-by-webhook.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import { buildType, scope, twoStages } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';
import { outcomeOf } from './pipeline-view.ts';
import type { Steps } from './steps.ts';

/** Retention against operations that still need an execution, and events that arrive twice. */
export function historyRaces(open: OpenStore): void {
  const bench = useBench(open);
  const failure = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } } as const;
  const prune = (executionId: string) => bench.store.retention.prune(executionId, bench.clock.at);

  /** Runs the first execution of a pipeline, which waits for its source, to its end in `Build`. */
  async function run(isGood: boolean) {
    const { job, executionId } = await bench.claimOne();
    await bench.succeed(job.id);
    const build = await bench.claimOne(buildType);
    await bench.report(build.job.id, isGood ? { outcome: 'Succeeded' } : failure);
    bench.clock.pass(1);
    return { executionId, jobId: build.job.id };
  }

  /** Makes both wait for the pipeline, in this order; without locks they just run concurrently. */
  async function concurrently<First, Second>(
    pipeline: Pipeline,
    first: () => Promise<First>,
    second: () => Promise<Second>,
  ) {
    const held = await bench.hold(pipeline.id);
    const one = first();
    await held.untilWaiting(1);
    const other = second();
    await held.untilWaiting(2);
    await held.release();
    return Promise.all([one, other]);
  }

  test.each(['prune first', 'retry first'])('an execution is retried or removed, never both: %s', async (order) => {
    const other = await bench.another();
    const pipeline = await bench.create(twoStages({ executionMode: 'PARALLEL', pipelineType: 'V2' }));
    const { executionId } = await run(false);
    await bench.start('Mill');
    await run(false);
    const key = { kind: 'execution', scope, name: 'Mill', executionId, stageName: 'Build' } as const;
    const retry = () =>
      outcomeOf(
        other.store.advance(key, (snapshot, moment) =>
          retryStage(snapshot, { executionId, stageName: 'Build', mode: 'FAILED_ACTIONS' }, moment),
        ),
      );
    const [pruned, retried] =
      order === 'prune first'
        ? await concurrently(pipeline, () => prune(executionId), retry)
        : (await concurrently(pipeline, retry, () => prune(executionId))).reverse();
    expect([pruned, retried]).toEqual(
      order === 'prune first' ? ['pruned', 'StageNotRetryableException'] : ['kept', 'done'],
    );
  });

  test.each(['prune first', 'rollback first'])(
    'an execution becomes a rollback target or is removed, never both: %s',
    async (order) => {
      const other = await bench.another();
      const pipeline = await bench.create(twoStages({ pipelineType: 'V2' }));
      const { executionId } = await run(true);
      await bench.start('Mill');
      await run(true);
      const key = { kind: 'execution', scope, name: 'Mill', executionId, stageName: 'Build' } as const;
      const rollBack = () =>
        outcomeOf(
          other.store.advance(key, (snapshot, moment) => {
            const target = { stageName: 'Build', targetExecutionId: executionId, callerArn: 'arn' };
            return rollbackStage(snapshot, target, moment);
          }),
        );
      const [pruned, rolledBack] =
        order === 'prune first'
          ? await concurrently(pipeline, () => prune(executionId), rollBack)
          : (await concurrently(pipeline, rollBack, () => prune(executionId))).reverse();
      expect([pruned, rolledBack]).toEqual(
        order === 'prune first' ? ['pruned', 'PipelineExecutionNotFoundException'] : ['kept', 'done'],
      );
    },
  );

  test.each(['SUPERSEDED', 'PARALLEL'] as const)(
    'a late result of a %s execution that is removed meanwhile finds no job',
    async (executionMode) => {
      const other = await bench.another();
      const pipeline = await bench.create(twoStages({ executionMode, pipelineType: 'V2' }));
      const { executionId, jobId } = await run(true);
      await bench.start('Mill');
      await run(true);
      const responses = await concurrently(
        pipeline,
        () => prune(executionId),
        () => outcomeOf(other.succeed(jobId)),
      );
      expect(responses).toEqual(['pruned', 'JobNotFoundException']);
      expect(await outcomeOf(other.succeed(jobId))).toBe('JobNotFoundException');
    },
  );

  test('only one of two nodes removes an execution', async () => {
    const other = await bench.another();
    const pipeline = await bench.create();
    const { executionId } = await run(true);
    await bench.start('Mill');
    await run(true);
    const responses = await concurrently(
      pipeline,
      () => prune(executionId),
      () => other.store.retention.prune(executionId, bench.clock.at),
    );
    expect(responses).toEqual(['pruned', 'kept']);
  });

  test('several nodes remove a deleted pipeline concurrently', async () => {
    const other = await bench.another();
    await bench.create();
    const { executionId } = await run(true);
    await bench.delete('Mill');
    bench.clock.pass(1);
    expect(await prune(executionId)).toBe('pruned');
    const nodes = [bench, other, bench, other];
    await Promise.all(nodes.map(({ store }) => store.retention.prunePipelines(bench.clock.at)));
    expect(await bench.store.retention.prunePipelines(bench.clock.at)).toBe(false);
  });

  describe('an event (behaviour C.13)', () => {
    const put = (webhookId: string) =>
      bench.store.webhooks.put(
        {
          id: webhookId,
          ...scope,
          definition: {
            name: 'Hook',
            targetPipeline: 'Mill',
            targetAction: 'Fetch',
            filters: [],
            authentication: 'UNAUTHENTICATED',
            authenticationConfiguration: {},
          },
          createdAt: 0,
          updatedAt: 0,
        },
        {},
        9,
      );
    const receive = ({ store }: Steps, webhookId: string, key: string) => {
      const webhook = { webhookId, deliveries: [{ key, sinceAt: 0 }] };
      return store.advance({ kind: 'pipeline', scope, name: 'Mill', webhook }, (snapshot, moment) => {
        const start = { webhookId, webhookArn: 'arn', targetAction: 'Fetch', deliveries: [key] };
        return startByWebhook(snapshot, start, moment);
      });
    };
    const create = () => bench.create(twoStages({ executionMode: 'QUEUED', pipelineType: 'V2' }));
    const count = async ({ id }: Pipeline) => (await bench.store.executions.list(id, { limit: 99 })).length;

    test('that reaches two nodes concurrently starts one execution', async () => {
      const other = await bench.another();
      const pipeline = await create();
      await put('hook');
      for (let round = 1; round <= 5; round += 1) {
        const nodes = [bench, other, bench, other];
        const receipts = await Promise.all(nodes.map((node) => receive(node, 'hook', `delivery ${round}`)));
        expect(receipts.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1);
        expect(await count(pipeline)).toBe(1 + round);
      }
    });

    test('during the deletion of its webhook starts an execution, or the webhook is gone', async () => {
      const other = await bench.another();
      const pipeline = await create();
      for (let round = 1; round <= 5; round += 1) {
        await put(`hook ${round}`);
        const before = await count(pipeline);
        const [outcome, isDeleted] = await Promise.all([
          outcomeOf(receive(bench, `hook ${round}`, 'k')),
          other.store.webhooks.delete(scope, 'Hook'),
        ]);
        const started = (await count(pipeline)) - before;
        expect([isDeleted, outcome, started]).toEqual(
          outcome === 'done' ? [true, 'done', 1] : [true, 'WebhookNotFoundException', 0],
        );
      }
    });
  });
}
