import { expect } from 'vitest';
import { approvalResult } from '../../src/engine/events/approval-result.ts';
import { jobResult } from '../../src/engine/events/job-result.ts';
import { overrideCondition } from '../../src/engine/events/override-condition.ts';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import { rollbackStage } from '../../src/engine/events/rollback-stage.ts';
import { startByWebhook } from '../../src/engine/events/start-by-webhook.ts';
import { startExecution } from '../../src/engine/events/start-execution.ts';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import { jobTimeout } from '../../src/engine/events/timeouts.ts';
import { disableTransition, enableTransition } from '../../src/engine/events/transition.ts';
import { apply } from '../../src/engine/tick/apply.ts';
import type { Change } from '../../src/model/change.ts';
import type { Decide } from '../../src/model/decision.ts';
import type { JobResult } from '../../src/model/job.ts';
import type { ExecutionSnapshot, Snapshot } from '../../src/model/snapshot.ts';
import type { AdvanceKey } from '../../src/store/store.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { type Bench, continuationDelayMs } from './bench.ts';

const mill = { kind: 'pipeline', scope, name: 'Mill' } as const;
const way = { transitionType: 'Inbound', changedBy: 'arn' } as const;

function ofExecution(executionId: string) {
  return { kind: 'execution', scope, name: 'Mill', executionId, onlyContinues: true } as const;
}

/**
 * Decides on the store and compares its rows afterwards with the result of `apply` in memory. Adds the kinds of change to
 * `seen`.
 */
export function follow(bench: Bench, seen: Set<Change['kind']>) {
  const expectAgreement = async <Answer>(key: AdvanceKey, decide: Decide<Answer>): Promise<Answer> => {
    const expected: Snapshot[] = [];
    const watch =
      <Result>(watched: Decide<Result>): Decide<Result> =>
      (snapshot, moment) => {
        const decision = watched(snapshot, moment);
        if ('refuse' in decision) return decision;
        for (const { kind } of decision.changes) seen.add(kind);
        expected.push(decision.changes.reduce((state, change) => apply(state, change, moment.at), snapshot));
        const then = decision.then?.map((next) => ({ ...next, decide: watch(next.decide) }));
        return { ...decision, then };
      };
    const answer = await bench.store.advance(key, watch(decide));
    for (const { execution } of expected) if (execution) expect(await read(execution)).toEqual(execution);
    const last = expected.at(-1);
    const names = last?.occupancy.map(({ stageName }) => stageName) ?? [];
    expect(await bench.store.executions.occupancy(last?.pipeline.id ?? '', names)).toEqual(last?.occupancy);
    return answer;
  };
  const read = async ({ id, actions, jobs }: ExecutionSnapshot) => {
    const key = { kind: 'execution', scope, name: 'Mill', executionId: id } as const;
    const { execution } = await bench.store.advance(key, (snapshot) => ({ changes: [], answer: snapshot }));
    if (!execution) return undefined;
    // A snapshot leaves out what the event doesn't need; the rows still exist.
    const ids = new Set(actions.map((action) => action.id));
    return {
      ...execution,
      actions: execution.actions.filter((action) => ids.has(action.id)),
      jobs: await Promise.all(jobs.map((one) => bench.job(one.id))),
    };
  };
  return {
    start: (variables?: { name: string; value: string }[]) =>
      expectAgreement(mill, (snapshot, moment) =>
        startExecution(snapshot, { triggerType: 'StartPipelineExecution', triggerDetail: 'arn', variables }, moment),
      ),
    receive: (webhookId: string) => {
      const deliveries = ['delivery:1'];
      const start = { webhookId, webhookArn: 'arn', targetAction: 'Fetch', deliveries };
      const webhook = { webhookId, deliveries: [{ key: 'delivery:1', sinceAt: 0 }] };
      return expectAgreement({ ...mill, webhook }, (snapshot, moment) => startByWebhook(snapshot, start, moment));
    },
    report: (jobId: string, result: JobResult) =>
      expectAgreement({ kind: 'job', jobId }, (snapshot, moment) =>
        jobResult(snapshot, { jobId, result, continuationDelayMs }, moment),
      ),
    answer: (executionId: string, token: string) =>
      expectAgreement({ ...ofExecution(executionId), actionId: token }, (snapshot, moment) => {
        const asked = { token, stageName: 'Deploy', actionName: 'Ask', updatedBy: 'arn' };
        return approvalResult(snapshot, { ...asked, status: 'Approved', summary: 'go' }, moment);
      }),
    rollBack: (stageName: string, executionId: string) =>
      expectAgreement({ ...mill, kind: 'execution', executionId }, (snapshot, moment) =>
        rollbackStage(snapshot, { stageName, targetExecutionId: executionId, callerArn: 'arn' }, moment),
      ),
    retry: (executionId: string, stageName: string, mode: 'FAILED_ACTIONS' | 'ALL_ACTIONS') =>
      expectAgreement({ ...mill, kind: 'execution', executionId, stageName }, (snapshot, moment) =>
        retryStage(snapshot, { executionId, stageName, mode }, moment),
      ),
    stop: (executionId: string, abandon: boolean) =>
      expectAgreement(ofExecution(executionId), (snapshot, moment) =>
        stopExecution(snapshot, { executionId, abandon, reason: 'enough' }, moment),
      ),
    close: (stageName: string) =>
      expectAgreement(mill, (snapshot, moment) =>
        disableTransition(snapshot, { ...way, stageName, reason: 'freeze' }, moment),
      ),
    open: (stageName: string) =>
      expectAgreement(mill, (snapshot, moment) => enableTransition(snapshot, { ...way, stageName }, moment)),
    override: (executionId: string, stageName: string) =>
      expectAgreement({ ...mill, kind: 'execution', executionId, stageName }, (snapshot, moment) => {
        const request = { executionId, stageName, kind: 'beforeEntry', callerArn: 'arn' } as const;
        return overrideCondition(snapshot, request, moment);
      }),
    timeOut: (jobId: string) => expectAgreement({ kind: 'job', jobId }, jobTimeout),
  };
}
