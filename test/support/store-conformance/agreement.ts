import { describe, expect, test } from 'vitest';
import { apply } from '../../../src/engine/apply.ts';
import { approvalResult } from '../../../src/engine/approval-result.ts';
import { jobResult } from '../../../src/engine/job-result.ts';
import { jobTimeout } from '../../../src/engine/job-timeout.ts';
import { retryStage } from '../../../src/engine/retry-stage.ts';
import { rollbackStage } from '../../../src/engine/rollback-stage.ts';
import { startByWebhook } from '../../../src/engine/start-by-webhook.ts';
import { startExecution } from '../../../src/engine/start-execution.ts';
import { stopExecution } from '../../../src/engine/stop-execution.ts';
import { disableTransition, enableTransition, longestClosureMs } from '../../../src/engine/transition.ts';
import { lookAtOutdated } from '../../../src/engine/update-pipeline.ts';
import type { Change } from '../../../src/model/change.ts';
import type { Decide } from '../../../src/model/decision.ts';
import { customActionTimeoutMs, type JobResult } from '../../../src/model/job.ts';
import type { ExecutionSnapshot, Snapshot } from '../../../src/model/snapshot.ts';
import type { Webhook } from '../../../src/model/webhook.ts';
import type { AdvanceKey } from '../../../src/store/store.ts';
import { action, approval, approvalType, buildType, declare, scope, source, stage } from '../pipelines.ts';
import { type Bench, continuationDelayMs, type OpenStore, useBench } from './bench.ts';

/** Every kind of change; the compiler asks for a new one here, and the test for a history that meets it. */
const kinds: Record<Change['kind'], true> = {
  transitionDisabled: true,
  transitionEnabled: true,
  executionStarted: true,
  executionWaiting: true,
  executionSuperseded: true,
  webhookTriggered: true,
  executionLapsed: true,
  executionEnded: true,
  executionStopping: true,
  revisionsRecorded: true,
  stageEntered: true,
  stageEnded: true,
  stageRetried: true,
  actionStarted: true,
  actionProgressed: true,
  actionSucceeded: true,
  actionFailed: true,
  actionAbandoned: true,
  jobQueued: true,
  jobEnded: true,
};

const declaration = declare(
  [
    stage('Source', source()),
    stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }), action('Lint')),
    stage(
      'Deploy',
      approval('Ask'),
      action('Ship', { runOrder: 2, inputs: ['Package'], configuration: { Command: 'ship #{Bld.Tag}' } }),
    ),
  ],
  { pipelineType: 'V2', variables: [{ name: 'Target', defaultValue: 'test' }] },
);

const mill = { kind: 'pipeline', scope, name: 'Mill' } as const;
const webhook = {
  id: 'hook-1',
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
} satisfies Webhook;
const way = { transitionType: 'Inbound', changedBy: 'arn' } as const;

/** Decides on the store and compares what its rows say afterwards with what `apply` says in memory. */
function follow(bench: Bench) {
  const seen = new Set<Change['kind']>();
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
  const read = async ({ id, jobs }: ExecutionSnapshot) => {
    const key = { kind: 'execution', scope, name: 'Mill', executionId: id } as const;
    const { execution } = await bench.store.advance(key, (snapshot) => ({ changes: [], answer: snapshot }));
    // A snapshot leaves out ended jobs that the event is not about; their rows are there all the same.
    return execution && { ...execution, jobs: await Promise.all(jobs.map((one) => bench.job(one.id))) };
  };
  return {
    seen,
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
      expectAgreement({ ...mill, kind: 'execution', executionId }, (snapshot, moment) => {
        const asked = { token, stageName: 'Deploy', actionName: 'Ask', updatedBy: 'arn' };
        return approvalResult(snapshot, { ...asked, status: 'Approved', summary: 'go' }, moment);
      }),
    rollBack: (stageName: string, executionId: string) =>
      expectAgreement({ ...mill, kind: 'execution', executionId, mayStart: true }, (snapshot, moment) =>
        rollbackStage(snapshot, { stageName, targetExecutionId: executionId, callerArn: 'arn' }, moment),
      ),
    retry: (executionId: string, stageName: string, mode: 'FAILED_ACTIONS' | 'ALL_ACTIONS') =>
      expectAgreement({ ...mill, kind: 'execution', executionId, stageName, mayStart: true }, (snapshot, moment) =>
        retryStage(snapshot, { executionId, stageName, mode }, moment),
      ),
    stop: (executionId: string, abandon: boolean) =>
      expectAgreement({ ...mill, kind: 'execution', executionId }, (snapshot, moment) =>
        stopExecution(snapshot, { executionId, abandon, reason: 'enough' }, moment),
      ),
    close: (stageName: string) =>
      expectAgreement(mill, (snapshot, moment) =>
        disableTransition(snapshot, { ...way, stageName, reason: 'freeze' }, moment),
      ),
    open: (stageName: string) =>
      expectAgreement(mill, (snapshot, moment) => enableTransition(snapshot, { ...way, stageName }, moment)),
    timeOut: (jobId: string) => expectAgreement({ kind: 'job', jobId }, jobTimeout),
  };
}

/** What the engine believes after a decision is what the rows say. */
export function agreementCases(open: OpenStore): void {
  const bench = useBench(open);
  const currentRevision = {
    revision: 'abc',
    changeIdentifier: 'c',
    revisionSummary: 'first',
    created: 1_767_225_600.5,
  };

  async function jobOf(executionId: string, actionName: string): Promise<string> {
    const offered = [...(await bench.claim()), ...(await bench.claim({ type: buildType }))];
    const found = offered.find(
      (record) => record.executionId === executionId && record.action.actionName === actionName,
    );
    bench.clock.pass(30_000);
    if (!found) throw new Error(`no job of ${actionName} is offered`);
    return found.job.id;
  }

  describe('rows and memory agree', () => {
    test('through a history with every kind of change', async () => {
      await bench.store.actionTypes.replaceBuiltIn([approvalType]);
      const pipeline = await bench.create(declaration);
      const {
        seen,
        start,
        receive,
        report,
        timeOut,
        answer,
        rollBack,
        retry,
        stop,
        close,
        open: openWay,
      } = follow(bench);
      const first = (await bench.store.executions.list(pipeline.id, { limit: 1 }))[0]?.id ?? '';
      const second = await start([{ name: 'Target', value: 'x' }]);
      bench.clock.pass(10);
      const third = await start();
      await report(await jobOf(first, 'Fetch'), { outcome: 'Succeeded', currentRevision });
      await report(await jobOf(first, 'Compile'), {
        outcome: 'Succeeded',
        continuationToken: 'more',
        executionDetails: { summary: 'half', percentComplete: 50, externalExecutionId: 'x-1' },
      });
      await close('Build');
      await report(await jobOf(third, 'Fetch'), { outcome: 'Succeeded', currentRevision });
      await report(await jobOf(first, 'Compile'), { outcome: 'Succeeded', outputVariables: { Tag: 'v1' } });
      await report(await jobOf(first, 'Lint'), { outcome: 'Succeeded' });
      await openWay('Build');
      await report(await jobOf(third, 'Lint'), {
        outcome: 'Failed',
        failureDetails: { type: 'JobFailed', message: 'lint', externalExecutionId: 'x-2' },
      });
      const compile = await jobOf(third, 'Compile');
      bench.clock.pass(customActionTimeoutMs);
      await timeOut(compile);
      const asking = await bench.newestAction(pipeline.id, 'Deploy', 'Ask');
      await answer(first, asking?.id ?? '');
      await report(await jobOf(first, 'Ship'), { outcome: 'Succeeded' });
      const rollback = await rollBack('Build', first);
      await report(await jobOf(rollback, 'Lint'), { outcome: 'Succeeded' });
      await report(await jobOf(rollback, 'Compile'), { outcome: 'Succeeded' });
      await bench.store.webhooks.put(webhook, {}, 1);
      const { executionId: fourth } = await receive(webhook.id);
      await bench.store.pipelines.update(scope, 'Mill', (current) => current, lookAtOutdated);
      await report(await jobOf(fourth, 'Fetch'), { outcome: 'Succeeded' });
      const fifth = await start();
      await stop(fifth, false);
      await stop(fifth, true);
      await retry(fifth, 'Source', 'FAILED_ACTIONS');
      await report(await jobOf(fifth, 'Fetch'), { outcome: 'Succeeded' });
      await report(await jobOf(fifth, 'Lint'), { outcome: 'Succeeded' });
      await stop(fifth, true);
      await retry(fifth, 'Build', 'ALL_ACTIONS');
      await stop(fifth, true);
      await close('Source');
      const sixth = await start();
      bench.clock.pass(longestClosureMs + 1);
      await openWay('Source');
      const seventh = await start();
      expect([...seen].sort()).toEqual(Object.keys(kinds).sort());
      const rows = await bench.store.executions.list(pipeline.id, { limit: 9 });
      const statuses = rows.map(({ id, status }) => [id, status]);
      expect(Object.fromEntries(statuses)).toEqual({
        [first]: 'Succeeded',
        [second]: 'Superseded',
        [third]: 'Failed',
        [rollback]: 'Succeeded',
        [fourth]: 'Cancelled',
        [fifth]: 'Stopped',
        [sixth]: 'Superseded',
        [seventh]: 'InProgress',
      });
    });

    test('for an execution that failed at once', async () => {
      const pipeline = await bench.create({ ...declaration, variables: [{ name: 'Target' }] });
      const id = await follow(bench).start();
      expect(await bench.store.executions.find(pipeline.id, id)).toMatchObject({
        status: 'Failed',
        statusSummary: "Values for required variables haven't been provided: Target",
      });
    });
  });
}
