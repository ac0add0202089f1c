import { describe, expect, test } from 'vitest';
import { longestDisabledMs } from '../../src/engine/events/transition.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import type { Change } from '../../src/model/change.ts';
import { customActionTimeoutMs } from '../../src/model/job.ts';
import type { Webhook } from '../../src/model/sources/webhook.ts';
import { condition, gated, ruleCatalogue } from '../support/pipelines/conditions.ts';
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
import { follow } from './compare-with-engine.ts';

/**
 * Every kind of change of an execution: the compiler requires a new one to be listed here, and the test a history that
 * contains it. What a watch has seen is in no snapshot; the cases of source watches and cursors cover it.
 */
const kinds: Record<Exclude<Change['kind'], 'sourceSeen' | 'refSeen' | 'pullRequestTaken'>, true> = {
  transitionDisabled: true,
  transitionEnabled: true,
  executionStarted: true,
  executionWaiting: true,
  executionSuperseded: true,
  webhookTriggered: true,
  executionExpired: true,
  executionEnded: true,
  executionStopping: true,
  revisionsRecorded: true,
  stageEntered: true,
  stageEnded: true,
  stageRetried: true,
  conditionStarted: true,
  conditionEnded: true,
  conditionOverridden: true,
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

/** After a decision, the engine's state and the rows agree. */
export function agreementCases(open: OpenStore): void {
  const bench = useBench(open);
  const seen = new Set<Change['kind']>();
  const currentRevision = {
    revision: 'abc',
    changeIdentifier: 'c',
    revisionSummary: 'first',
    created: 1_767_225_600.5,
  };

  async function jobOf(executionId: string, actionName: string): Promise<string> {
    const offered = [
      ...(await bench.claim()),
      ...(await bench.claim({ type: buildType })),
      ...(await bench.claimRules()),
    ];
    const found = offered.find(
      (record) => record.executionId === executionId && record.action.actionName === actionName,
    );
    bench.clock.pass(30_000);
    if (!found) throw new Error(`no job of ${actionName} is available`);
    return found.job.id;
  }

  describe('rows and memory agree', () => {
    test('through a history of actions, approvals, transitions, stops, retries and updates', async () => {
      await bench.store.actionTypes.replaceBuiltIn([approvalType]);
      const pipeline = await bench.create(declaration);
      const {
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
      } = follow(bench, seen);
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
      const asking = await bench.latestAction(pipeline.id, 'Deploy', 'Ask');
      await answer(first, asking?.id ?? '');
      await report(await jobOf(first, 'Ship'), { outcome: 'Succeeded' });
      const rollback = await rollBack('Build', first);
      await report(await jobOf(rollback, 'Lint'), { outcome: 'Succeeded' });
      await report(await jobOf(rollback, 'Compile'), { outcome: 'Succeeded' });
      await bench.store.webhooks.put(webhook, {}, 1);
      const { executionId: fourth } = await receive(webhook.id);
      await bench.store.pipelines.update(scope, 'Mill', (current) => current, endOutdated);
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
      bench.clock.pass(longestDisabledMs + 1);
      await openWay('Source');
      const seventh = await start();
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

    test('through conditions, an override, automatic retries and a rollback', async () => {
      await bench.store.ruleTypes.replace(ruleCatalogue);
      const entry = condition('FAIL', 'Open');
      const build = gated(stage('Build', action('Compile')), {
        beforeEntry: entry,
        onSuccess: condition('ROLLBACK', 'Healthy'),
        onFailure: { result: 'RETRY', retryConfiguration: { retryMode: 'ALL_ACTIONS' } },
      });
      const pipeline = await bench.create(declare([stage('Source', source()), build], { pipelineType: 'V2' }));
      const { start, report, override, retry } = follow(bench, seen);
      const first = (await bench.store.executions.list(pipeline.id, { limit: 1 }))[0]?.id ?? '';
      const end = async (id: string, name: string, outcome: 'Succeeded' | 'Failed') => {
        const failureDetails = { type: 'JobFailed', message: 'no' } as const;
        await report(await jobOf(id, name), outcome === 'Failed' ? { outcome, failureDetails } : { outcome });
      };
      await end(first, 'Fetch', 'Succeeded');
      await end(first, 'Open', 'Failed');
      await override(first, 'Build');
      await end(first, 'Compile', 'Failed');
      await end(first, 'Compile', 'Failed');
      await retry(first, 'Build', 'FAILED_ACTIONS');
      await end(first, 'Compile', 'Succeeded');
      await end(first, 'Healthy', 'Succeeded');
      const second = await start();
      for (const name of ['Fetch', 'Open', 'Compile']) await end(second, name, 'Succeeded');
      await end(second, 'Healthy', 'Failed');
      const [rollback] = await bench.store.executions.list(pipeline.id, { limit: 1 });
      await end(rollback?.id ?? '', 'Compile', 'Succeeded');
      const rows = await bench.store.executions.list(pipeline.id, { limit: 9 });
      expect(rows.map(({ status, rollback: target }) => [status, target?.targetExecutionId])).toEqual([
        ['Succeeded', first],
        ['Failed', undefined],
        ['Succeeded', undefined],
      ]);
    });

    test('the histories above contain every kind of change', () => {
      expect([...seen].sort()).toEqual(Object.keys(kinds).sort());
    });

    test('for an execution that failed immediately', async () => {
      const pipeline = await bench.create({ ...declaration, variables: [{ name: 'Target' }] });
      const id = await follow(bench, seen).start();
      expect(await bench.store.executions.find(pipeline.id, id)).toMatchObject({
        status: 'Failed',
        statusSummary: "Values for required variables haven't been provided: Target",
      });
    });
  });
}
