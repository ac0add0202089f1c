import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { apply } from '../../../src/engine/apply.ts';
import { jobResult } from '../../../src/engine/job-result.ts';
import { jobTimeout } from '../../../src/engine/job-timeout.ts';
import { startExecution } from '../../../src/engine/start-execution.ts';
import { lookAtOutdated } from '../../../src/engine/update-pipeline.ts';
import type { Decide } from '../../../src/model/decision.ts';
import { customActionTimeoutMs, type JobResult } from '../../../src/model/job.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import type { AdvanceKey } from '../../../src/store/store.ts';
import { action, buildType, declare, scope, source, stage } from '../pipelines.ts';
import { type Bench, continuationDelayMs, type OpenStore, useBench } from './bench.ts';

/** Every kind of change, read from the union itself: a new one has to be met here as well. */
const kinds = readFileSync(new URL('../../../src/model/change.ts', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => /\bkind: ([^;]+)/.exec(line)?.[1]?.match(/\w+/g) ?? []);

const declaration = declare(
  [
    stage('Source', source()),
    stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }), action('Lint')),
    stage('Deploy', action('Ship', { inputs: ['Package'], configuration: { Command: 'ship #{Bld.Tag}' } })),
  ],
  { pipelineType: 'V2', variables: [{ name: 'Target', defaultValue: 'test' }] },
);

/** Decides on the store and compares what its rows say afterwards with what `apply` says in memory. */
function follow(bench: Bench) {
  const seen = new Set<string>();
  const expectAgreement = async <Answer>(key: AdvanceKey, decide: Decide<Answer>): Promise<Answer> => {
    let expected: Snapshot | undefined;
    let hasFollowUps = false;
    const answer = await bench.store.advance(key, (snapshot, moment) => {
      const decision = decide(snapshot, moment);
      if ('refuse' in decision) return decision;
      for (const change of decision.changes) seen.add(change.kind);
      expected = decision.changes.reduce((state, change) => apply(state, change, moment.at), snapshot);
      hasFollowUps = (decision.then ?? []).length > 0;
      return decision;
    });
    const { execution, occupancy } = expected ?? {};
    const jobId = execution?.jobs[0]?.id;
    const pipelineId = expected?.pipeline.id ?? '';
    if (jobId !== undefined) expect((await bench.snapshot(jobId)).execution).toEqual(execution);
    else
      expect({
        ...(await bench.store.executions.find(pipelineId, execution?.id ?? '')),
        stages: [],
        actions: [],
        jobs: [],
      }).toEqual(execution);
    const names = declaration.stages.map(({ name }) => name);
    if (!hasFollowUps) expect(await bench.store.executions.occupancy(pipelineId, names)).toEqual(occupancy);
    return answer;
  };
  return {
    seen,
    start: (variables?: { name: string; value: string }[]) =>
      expectAgreement({ kind: 'pipeline', scope, name: 'Mill' }, (snapshot, moment) =>
        startExecution(snapshot, { triggerType: 'StartPipelineExecution', triggerDetail: 'arn', variables }, moment),
      ),
    report: (jobId: string, result: JobResult) =>
      expectAgreement({ kind: 'job', jobId }, (snapshot, moment) =>
        jobResult(snapshot, { jobId, result, continuationDelayMs }, moment),
      ),
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
      await bench.create(declaration);
      const { seen, start, report, timeOut } = follow(bench);
      const [{ id: first = '' } = {}] = await bench.store.executions
        .list('pipeline-1', { limit: 1 })
        .then((rows) => rows);
      const second = await start([{ name: 'Target', value: 'x' }]);
      bench.clock.pass(10);
      const third = await start();
      await report(await jobOf(first, 'Fetch'), { outcome: 'Succeeded', currentRevision });
      await report(await jobOf(first, 'Compile'), {
        outcome: 'Succeeded',
        continuationToken: 'more',
        executionDetails: { summary: 'half', percentComplete: 50, externalExecutionId: 'x-1' },
      });
      await report(await jobOf(third, 'Fetch'), { outcome: 'Succeeded', currentRevision });
      await report(await jobOf(first, 'Compile'), { outcome: 'Succeeded', outputVariables: { Tag: 'v1' } });
      await report(await jobOf(first, 'Lint'), { outcome: 'Succeeded' });
      await report(await jobOf(third, 'Lint'), {
        outcome: 'Failed',
        failureDetails: { type: 'JobFailed', message: 'lint', externalExecutionId: 'x-2' },
      });
      const compile = await jobOf(third, 'Compile');
      bench.clock.pass(customActionTimeoutMs);
      await timeOut(compile);
      await report(await jobOf(first, 'Ship'), { outcome: 'Succeeded' });
      const fourth = await start();
      await bench.store.pipelines.update(scope, 'Mill', (current) => current, lookAtOutdated);
      await report(await jobOf(fourth, 'Fetch'), { outcome: 'Succeeded' });
      expect([...seen].sort()).toEqual(kinds.sort());
      const statuses = (await bench.store.executions.list('pipeline-1', { limit: 9 })).map(({ id, status }) => [
        id,
        status,
      ]);
      expect(Object.fromEntries(statuses)).toEqual({
        [first]: 'Succeeded',
        [second]: 'Superseded',
        [third]: 'Failed',
        [fourth]: 'Cancelled',
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
