import { beforeEach, expect, test } from 'vitest';
import type { ConditionKind } from '../../src/model/condition.ts';
import type { JobResult } from '../../src/model/job.ts';
import type { JobRecord } from '../../src/store/store.ts';
import { condition, gated, ruleCatalogue } from '../support/pipelines/conditions.ts';
import { action, buildType, declare, scope, source, stage } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** Checks of stage conditions, whose rules have jobs and attempts like actions (behaviour C.8). */
export function conditionCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipelineId: string;
  beforeEach(async () => {
    await bench.store.ruleTypes.replace(ruleCatalogue);
    // The onSuccess rule has the name of the action and of the beforeEntry rule.
    const build = gated(stage('Build', action('Compile')), {
      beforeEntry: condition('FAIL', 'Compile', 'Open'),
      onSuccess: condition('ROLLBACK', 'Compile'),
      onFailure: condition('ROLLBACK', 'IsKnown'),
    });
    const pipeline = await bench.create(declare([stage('Source', source()), build], { pipelineType: 'V2' }));
    pipelineId = pipeline.id;
    await bench.succeed((await bench.claimOne()).job.id);
  });
  const pass = async (records: JobRecord[]) => {
    for (const { job } of records) await bench.succeed(job.id);
  };
  const run = async () => {
    await pass(await bench.claimRules());
    await pass(await bench.claim({ type: buildType }));
  };
  const newest = async (kind: ConditionKind) => {
    const [check] = await bench.store.executions.latestConditions(pipelineId, [{ stageName: 'Build', kind }]);
    return check;
  };
  const names = (rows: { actionName: string; conditionId?: string }[]) =>
    rows.map(({ actionName, conditionId }) => (conditionId === undefined ? actionName : `rule ${actionName}`));

  test('rules have a history of their own, newest first', async () => {
    await run();
    const { listRules, listActions } = bench.store.executions;
    expect(names(await listRules(pipelineId, { limit: 9 }))).toEqual(['rule Compile', 'rule Open', 'rule Compile']);
    expect(names(await listActions(pipelineId, { limit: 9 }))).toEqual(['Compile', 'Fetch']);
    expect(names(await listActions(pipelineId, { limit: 9, isLatest: true }))).toEqual(['Compile', 'Fetch']);
    const latest = await listRules(pipelineId, { limit: 9, isLatest: true });
    expect(names(latest)).toEqual(['rule Compile', 'rule Open', 'rule Compile']);
  });

  test('their pages are ordered by sequence', async () => {
    await run();
    const [first, second] = await bench.store.executions.listRules(pipelineId, { limit: 2 });
    const page = { limit: 9, before: second?.sequence };
    const rest = await bench.store.executions.listRules(pipelineId, page);
    expect(rest).toHaveLength(1);
    expect(rest[0]?.id).not.toBe(first?.id);
  });

  test('a rule is never listed as an action', async () => {
    const [rule] = await bench.store.executions.listRules(pipelineId, { limit: 1 });
    expect(await bench.store.executions.hasAction(scope, rule?.id ?? '')).toBe(false);
    expect(await bench.store.executions.findAction(pipelineId, rule?.id ?? '')).toBeUndefined();
    expect(await bench.latestAction(pipelineId, 'Build', 'Open')).toBeUndefined();
    expect(await bench.latestAction(pipelineId, 'Build', 'Compile')).toBeUndefined();
  });

  test('the latest check of each kind is found with its rules', async () => {
    expect(await newest('onSuccess')).toBeUndefined();
    await run();
    await bench.reopen();
    const entry = await newest('beforeEntry');
    expect(entry).toMatchObject({ status: 'Succeeded', rules: [{ actionName: 'Compile' }, { actionName: 'Open' }] });
    const success = await newest('onSuccess');
    expect(success).toMatchObject({ status: 'InProgress', rules: [{ actionName: 'Compile', status: 'InProgress' }] });
    await pass(await bench.claimRules());
    await bench.start('Mill');
    await bench.succeed((await bench.claimOne()).job.id);
    const next = await newest('beforeEntry');
    expect(next?.id).not.toBe(entry?.id);
    expect(next?.status).toBe('InProgress');
  });

  test('rules time out at the deadline of their job', async () => {
    const [rule] = await bench.claimRules();
    expect(await bench.store.jobs.nextDeadline()).toBe(rule?.job.deadlineAt);
    bench.clock.pass((rule?.job.deadlineAt ?? 0) - bench.clock.at);
    expect(await bench.store.jobs.overdue(bench.clock.at, 9)).toHaveLength(2);
    await bench.timeOut(rule?.job.id ?? '');
    const [execution] = await bench.store.executions.list(pipelineId, { limit: 1 });
    expect(execution?.status).toBe('Failed');
  });

  test('a deleted pipeline has no pending rules', async () => {
    await bench.delete('Mill');
    expect(await bench.claimRules()).toEqual([]);
  });

  test('a failed onSuccess rolls back to the latest success of this version, and loads only its snapshot', async () => {
    const [first] = await bench.store.executions.list(pipelineId, { limit: 1 });
    await run();
    await pass(await bench.claimRules());
    await bench.start('Mill');
    await bench.succeed((await bench.claimOne()).job.id);
    await run();
    const [check] = await bench.claimRules();
    const failureDetails = { type: 'JobFailed', message: 'sick' } as const;
    await bench.report(check?.job.id ?? '', { outcome: 'Failed', failureDetails });
    await bench.reopen();
    const [rollback, failed] = await bench.store.executions.list(pipelineId, { limit: 9 });
    expect(failed?.status).toBe('Failed');
    expect(rollback).toMatchObject({
      trigger: { triggerType: 'AutomatedRollback' },
      rollback: { targetExecutionId: first?.id, stageName: 'Build' },
    });
    expect(await bench.latestStage(pipelineId, 'Build')).toMatchObject({ isRollback: true });
  });

  test('they are removed with their execution, which stays while it has the latest check of a condition', async () => {
    const prune = async () => {
      const endedBefore = bench.clock.at + 1;
      const gone: string[] = [];
      for (const { id } of await bench.store.retention.ended({ endedBefore, limit: 9 })) {
        if ((await bench.store.retention.prune(id, endedBefore)) === 'pruned') gone.push(id);
      }
      return gone;
    };
    const failed: JobResult = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } };
    const fail = async () => {
      await pass(await bench.claimRules());
      await bench.report((await bench.claimOne(buildType)).job.id, failed);
      for (const { job } of await bench.claimRules()) await bench.report(job.id, failed);
    };
    const startAgain = async () => {
      await bench.start('Mill');
      await bench.succeed((await bench.claimOne()).job.id);
    };
    const first = (await newest('beforeEntry'))?.executionId ?? '';
    await fail();
    await startAgain();
    await run();
    await pass(await bench.claimRules());
    // The second execution has passed every stage and action since, but its failure was not checked.
    expect(await prune()).toEqual([]);
    expect(await newest('onFailure')).toMatchObject({ executionId: first, status: 'Failed' });
    await startAgain();
    await fail();
    expect(await prune()).toEqual([first]);
    await bench.reopen();
    const rules = await bench.store.executions.listRules(pipelineId, { limit: 99 });
    expect(rules.filter(({ executionId }) => executionId === first)).toEqual([]);
    expect((await newest('onFailure'))?.executionId).not.toBe(first);
  });

  test('rule types are replaced as a whole', async () => {
    const snapshot = async () => {
      const [rule] = await bench.claimRules();
      bench.clock.pass(30_000);
      return (await bench.snapshot(rule?.job.id ?? '')).ruleTypes;
    };
    expect(await snapshot()).toEqual([ruleCatalogue[0]]);
    await bench.store.ruleTypes.replace(ruleCatalogue.slice(0, 1).map((type) => ({ ...type, lacksProvider: true })));
    expect(await snapshot()).toEqual([{ ...ruleCatalogue[0], lacksProvider: true }]);
    await bench.store.ruleTypes.replace([]);
    expect(await snapshot()).toEqual([]);
  });
}
