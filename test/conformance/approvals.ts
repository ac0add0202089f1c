import { beforeEach, expect, test } from 'vitest';
import { approvalResult } from '../../src/engine/events/approval-result.ts';
import { approvalTimeout } from '../../src/engine/events/timeouts.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import {
  action,
  approval,
  approvalType,
  buildType,
  declare,
  scope,
  source,
  stage,
} from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const origin = { callerArn: 'arn:ann', accessKeyId: 'AKIA1', requestId: 'r1' };
const weekMs = 7 * 24 * 60 * 60 * 1000;

/** Approvals: actions that wait without a job (behaviour C.14). */
export function approvalCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipeline: Pipeline;
  let executionId: string;
  let token: string;
  beforeEach(async () => {
    await bench.store.actionTypes.replaceBuiltIn([approvalType]);
    const stages = [stage('Source', source()), stage('Go', approval('Ask'), action('Compile', { runOrder: 2 }))];
    pipeline = await bench.create(declare(stages));
    const { job, executionId: id } = await bench.claimOne();
    await bench.succeed(job.id);
    executionId = id;
    token = (await bench.latestAction(pipeline.id, 'Go', 'Ask'))?.id ?? '';
  });
  const key = () => ({ kind: 'execution', scope, name: 'Mill', executionId }) as const;
  const answer = () =>
    bench.store.advance(
      key(),
      (snapshot, moment) => {
        const asked = { token, stageName: 'Go', actionName: 'Ask', updatedBy: 'arn:ann' };
        return approvalResult(snapshot, { ...asked, status: 'Approved', summary: 'go' }, moment);
      },
      origin,
    );

  test('a result is stored with the reviewer, and the execution continues', async () => {
    await bench.reopen();
    expect(await bench.claim({ type: buildType })).toEqual([]);
    bench.clock.pass(10);
    expect(await answer()).toBe(bench.clock.at);
    expect(await bench.store.executions.findAction(pipeline.id, token)).toMatchObject({
      executionId,
      pipelineVersion: 1,
      status: 'Succeeded',
      updatedBy: 'arn:ann',
      progress: { summary: 'go' },
    });
    expect(await bench.claimOne(buildType)).toMatchObject({ executionId });
    expect(await bench.store.approvals.nextDeadline()).toBeUndefined();
    expect(await bench.store.audit.list(scope, { limit: 9 })).toMatchObject([
      { at: bench.clock.at, action: 'PutApprovalResult', subject: 'Mill/Go/Ask: Approved', origin },
    ]);
  });

  test('of many concurrent results one is accepted', async () => {
    const settled = await Promise.allSettled(Array.from({ length: 6 }, answer));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await bench.store.audit.list(scope, { limit: 9 })).toHaveLength(1);
  });

  test('an action execution is found only in its pipeline', async () => {
    expect(await bench.store.executions.findAction('other', token)).toBeUndefined();
    expect(await bench.store.executions.findAction(pipeline.id, 'nope')).toBeUndefined();
  });

  test('it is overdue from its deadline until it ends', async () => {
    const deadlineAt = bench.clock.at + weekMs;
    const { approvals } = bench.store;
    expect(await approvals.nextDeadline()).toBe(deadlineAt);
    expect(await approvals.overdue(deadlineAt - 1, 9)).toEqual([]);
    expect(await approvals.overdue(deadlineAt, 9)).toEqual([{ scope, name: 'Mill', executionId }]);
    bench.clock.pass(weekMs);
    await bench.store.advance(key(), approvalTimeout);
    expect(await approvals.overdue(deadlineAt, 9)).toEqual([]);
    expect(await approvals.nextDeadline()).toBeUndefined();
    expect(await bench.store.executions.find(pipeline.id, executionId)).toMatchObject({ status: 'Failed' });
  });

  test('a deleted pipeline has no pending approvals', async () => {
    await bench.delete('Mill');
    expect(await bench.store.approvals.overdue(bench.clock.at + weekMs, 9)).toEqual([]);
    expect(await bench.store.approvals.nextDeadline()).toBeUndefined();
  });
}
