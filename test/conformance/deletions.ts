import { expect, test } from 'vitest';
import { approvalResult as approve } from '../../src/engine/events/approval-result.ts';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import { approvalTimeout } from '../../src/engine/events/timeouts.ts';
import type { JobResult } from '../../src/model/job.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import {
  action,
  approval,
  approvalType,
  buildType,
  declare,
  laneType,
  scope,
  source,
  stage,
} from '../support/pipelines/declarations.ts';
import { continuationDelayMs, type OpenStore, useBench } from './bench.ts';

const failure: JobResult = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } };
const dayMs = 24 * 60 * 60 * 1000;

/** Deleting pipelines whose executions are in every state (behaviour C.2.4). */
export function deletionCases(open: OpenStore): void {
  const bench = useBench(open);
  const stages = () => [
    stage('Source', source()),
    stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'] }), action('Check')),
    stage('Go', approval('Ask')),
    stage('Ship', action('Send', { type: laneType, configuration: { Lane: 'A' } })),
  ];
  const begin = async (): Promise<Pipeline> => {
    await bench.store.actionTypes.replaceBuiltIn([approvalType]);
    return bench.create(declare(stages()));
  };
  const passSource = async () => {
    const { job, executionId } = await bench.claimOne();
    await bench.succeed(job.id);
    return executionId;
  };
  const key = (executionId: string) => ({ kind: 'execution', scope, name: 'Mill', executionId }) as const;

  /** Creates an execution in each state, oldest first: shipping, awaiting approval, stopping in Build, waiting, fetching. */
  const beginAll = async () => {
    const pipeline = await begin();
    const ids: string[] = [];
    const build = async () => {
      for (const { job } of await bench.claim({ type: buildType })) await bench.succeed(job.id);
    };
    ids.push(await passSource());
    await build();
    const asked = await bench.latestAction(pipeline.id, 'Go', 'Ask');
    await bench.store.advance(key(ids[0] ?? ''), (snapshot, moment) => {
      const answer = { token: asked?.id ?? '', stageName: 'Go', actionName: 'Ask', updatedBy: 'arn', summary: '' };
      return approve(snapshot, { ...answer, status: 'Approved' }, moment);
    });
    await bench.start('Mill');
    ids.push(await passSource());
    await build();
    await bench.start('Mill');
    ids.push(await passSource());
    await bench.store.advance(key(ids[2] ?? ''), (snapshot, moment) =>
      stopExecution(snapshot, { executionId: ids[2] ?? '', abandon: false }, moment),
    );
    await bench.start('Mill');
    ids.push(await passSource());
    ids.push(await bench.start('Mill'));
    return { pipeline, ids };
  };
  const statuses = async (pipeline: Pipeline) =>
    (await bench.store.executions.list(pipeline.id, { limit: 99 })).map(({ status }) => status).reverse();

  test('stops every execution and abandons everything that ran, also across a restart', async () => {
    const { pipeline, ids } = await beginAll();
    expect(await statuses(pipeline)).toEqual(['InProgress', 'InProgress', 'Stopping', 'InProgress', 'InProgress']);
    await bench.delete('Mill');
    await bench.reopen();
    expect(await statuses(pipeline)).toEqual(ids.map(() => 'Stopped'));
    expect(await bench.store.executions.occupancy(pipeline.id, [])).toEqual([]);
    const actions = await bench.store.executions.listActions(pipeline.id, { limit: 99 });
    expect(new Set(actions.map(({ status }) => status))).toEqual(new Set(['Succeeded', 'Abandoned']));
    expect(actions.filter(({ status }) => status === 'Abandoned').map(({ actionName }) => actionName)).toEqual([
      'Fetch',
      'Check',
      'Compile',
      'Ask',
      'Send',
    ]);
  });

  test('its jobs are not claimed, nothing of it falls due, and no waiting execution enters a freed stage', async () => {
    const { pipeline } = await beginAll();
    await bench.delete('Mill');
    const before = await bench.store.executions.listActions(pipeline.id, { limit: 99 });
    bench.clock.pass(30 * dayMs);
    for (const type of [buildType, laneType]) expect(await bench.claim({ type })).toEqual([]);
    expect(await bench.claim()).toEqual([]);
    expect(await bench.claim({ type: laneType, queryValue: 'A' })).toEqual([]);
    expect(await bench.store.jobs.waiting(bench.clock.at, 9)).toEqual([]);
    expect(await bench.store.jobs.overdue(bench.clock.at, 9)).toEqual([]);
    expect(await bench.store.approvals.overdue(bench.clock.at, 9)).toEqual([]);
    expect(await bench.store.executions.listActions(pipeline.id, { limit: 99 })).toEqual(before);
  });

  test('an imminent deadline and a result in flight change nothing', async () => {
    const pipeline = await begin();
    const { job } = await bench.claimOne();
    await bench.delete('Mill');
    const before = await statuses(pipeline);
    await bench.timeOut(job.id);
    await expect(bench.succeed(job.id)).rejects.toMatchObject({ code: 'InvalidJobStateException' });
    await expect(bench.report(job.id, failure)).rejects.toMatchObject({ code: 'InvalidJobStateException' });
    expect(await bench.store.jobs.renew(job.id, '3', bench.clock.at + 1)).toBe(false);
    expect(await bench.store.jobs.acknowledge(job.id, '3')).toMatchObject({ job: { status: 'Failed' } });
    expect(await statuses(pipeline)).toEqual(before);
  });

  test('a pending continuation is gone', async () => {
    await begin();
    const { job } = await bench.claimOne();
    await bench.succeed(job.id, { continuationToken: 'more' });
    await bench.delete('Mill');
    bench.clock.pass(continuationDelayMs);
    expect(await bench.claim()).toEqual([]);
    await bench.succeed(job.id, { continuationToken: 'more' });
    await expect(bench.succeed(job.id)).rejects.toMatchObject({ code: 'InvalidJobStateException' });
  });

  test('a new pipeline of the same name starts clean: free stages, no history, no old ids', async () => {
    const { ids } = await beginAll();
    await bench.delete('Mill');
    const again = await bench.create(declare(stages()));
    expect(await bench.store.executions.list(again.id, { limit: 9 })).toMatchObject([{ status: 'InProgress' }]);
    const { executionId } = await bench.claimOne();
    expect(ids).not.toContain(executionId);
    expect(await bench.latestStage(again.id, 'Build')).toBeUndefined();
    const [old = ''] = ids;
    await bench.store.advance(key(old), approvalTimeout);
    const retry = bench.store.advance({ ...key(old), stageName: 'Ship' }, (snapshot, moment) =>
      retryStage(snapshot, { executionId: old, stageName: 'Ship', mode: 'ALL_ACTIONS' }, moment),
    );
    await expect(retry).rejects.toMatchObject({ code: 'StageNotRetryableException' });
  });

  test('what it ends is announced after the commit', async () => {
    const kinds: string[] = [];
    await begin();
    bench.store.onCommitted(({ change }) => kinds.push(change.kind));
    await bench.delete('Mill');
    expect(kinds).toEqual(expect.arrayContaining(['actionAbandoned', 'jobEnded', 'executionEnded']));
  });

  test('of a concurrent result and deletion either comes first, and everything ends in both cases', async () => {
    const pipeline = await begin();
    const { job } = await bench.claimOne();
    await Promise.allSettled([bench.succeed(job.id), bench.delete('Mill'), bench.start('Mill'), bench.delete('Mill')]);
    expect(new Set(await statuses(pipeline))).toEqual(new Set(['Stopped']));
    expect(await bench.claim()).toEqual([]);
    expect(await bench.claim({ type: buildType })).toEqual([]);
  });
}
