import { beforeEach, expect, test } from 'vitest';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import type { JobRecord } from '../../src/store/store.ts';
import { action, buildType, declare, scope, source, stage } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const declaration = declare([
  stage('Source', source('Fetch', { namespace: 'Src' }), source('Unused', { outputs: ['Idle'] })),
  stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }), action('Lint')),
  stage('Check', action('Probe', { namespace: 'Chk' })),
  stage(
    'Deploy',
    action('Ship', { inputs: ['Package'], configuration: { Command: 'ship #{Src.Commit} #{Bld.Tag} #{Chk.Mark}' } }),
  ),
]);

/** Of an execution that only continues, a snapshot has what its current stages need, however long its history. */
export function continuingCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipeline: Pipeline;
  beforeEach(async () => {
    pipeline = await bench.create(declaration);
  });

  /** Succeeds the open jobs of a type with variables by action; returns the records by the action's name. */
  async function work(type: typeof buildType | undefined, variables: Record<string, Record<string, string>>) {
    const records = await bench.claim({ type });
    for (const { job, action: claimed } of records) {
      await bench.succeed(job.id, { outputVariables: variables[claimed.actionName] });
    }
    return Object.fromEntries(records.map((record) => [record.action.actionName, record]));
  }

  const seenBy = async ({ job }: JobRecord) =>
    (await bench.snapshot(job.id)).execution?.actions.map((seen) => `${seen.actionName} ${seen.status}`);

  test('a later stage gets the outputs of earlier ones, for a retried action those of its last attempt', async () => {
    await work(undefined, { Fetch: { Commit: 'c1' } });
    const [compile, lint] = await bench.claim({ type: buildType });
    await bench.report(compile?.job.id ?? '', {
      outcome: 'Failed',
      failureDetails: { type: 'JobFailed', message: 'no' },
    });
    await bench.succeed(lint?.job.id ?? '');
    const executionId = compile?.executionId ?? '';
    await bench.store.advance({ kind: 'execution', scope, name: 'Mill', executionId, stageName: 'Build' }, (seen, at) =>
      retryStage(seen, { executionId, stageName: 'Build', mode: 'FAILED_ACTIONS' }, at),
    );
    const { Compile: again } = await work(buildType, { Compile: { Tag: 'v2' } });
    const probe = await bench.claimOne(buildType);
    expect(await seenBy(probe)).toEqual(['Fetch Succeeded', 'Compile Succeeded', 'Probe InProgress']);
    await bench.succeed(probe.job.id, { outputVariables: { Mark: 'm3' } });
    const ship = await bench.claimOne(buildType);
    expect(ship.action.start.resolvedConfiguration).toEqual({ Command: 'ship c1 v2 m3' });
    expect(ship.action.start.inputArtifacts).toEqual(again?.action.start.outputArtifacts);
    await bench.succeed(ship.job.id);
    expect(await bench.store.executions.find(pipeline.id, executionId)).toMatchObject({ status: 'Succeeded' });
  });

  test('the job of the event is there with its action, however far the execution has continued', async () => {
    const { Fetch } = await work(undefined, { Fetch: { Commit: 'c1' } });
    await work(buildType, { Compile: { Tag: 'v1' } });
    if (!Fetch) throw new Error('nothing was fetched');
    await expect(bench.succeed(Fetch.job.id, { outputVariables: { Commit: 'c1' } })).resolves.toBeUndefined();
    await expect(bench.succeed(Fetch.job.id)).rejects.toMatchObject({ code: 'InvalidJobStateException' });
    expect(await seenBy((await bench.claim({ type: buildType }))[0] ?? Fetch)).toContain('Probe InProgress');
  });

  test('an execution that waits for a stage enters it with what it needs there', async () => {
    await work(undefined, { Fetch: { Commit: 'c1' } });
    const held = await bench.claim({ type: buildType });
    const second = await bench.start('Mill');
    await work(undefined, { Fetch: { Commit: 'c2' } });
    for (const { job } of held) await bench.succeed(job.id, { outputVariables: { Tag: 'v1' } });
    const compile = (await bench.claim({ type: buildType })).find(({ executionId }) => executionId === second);
    expect(compile?.action.start.inputArtifacts).toMatchObject([{ name: 'Code' }]);
  });

  test('an event about the whole execution sees all of it', async () => {
    const { Fetch } = await work(undefined, { Fetch: { Commit: 'c1' } });
    await work(buildType, { Compile: { Tag: 'v1' } });
    const whole = await bench.store.advance(
      { kind: 'execution', scope, name: 'Mill', executionId: Fetch?.executionId ?? '' },
      (snapshot) => ({ changes: [], answer: snapshot }),
    );
    const names = whole.execution?.actions.map(({ actionName }) => actionName);
    expect(names).toEqual(['Fetch', 'Unused', 'Compile', 'Lint', 'Probe']);
  });
}
