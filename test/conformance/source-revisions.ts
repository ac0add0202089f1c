import { expect, test } from 'vitest';
import { putActionRevision } from '../../src/engine/events/put-action-revision.ts';
import { scope, twoStages } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** Revisions that sources are bound to, and which of them a pipeline knows (behaviour A.10, C.10). */
export function sourceRevisionCases(open: OpenStore): void {
  const bench = useBench(open);
  const announce = (revisionId: string, name = 'Mill', actionName = 'Fetch') => {
    const revision = { actionName, revisionId };
    return bench.store.advance({ kind: 'pipeline', scope, name, revision }, (snapshot, moment) =>
      putActionRevision(snapshot, { revision, callerArn: 'arn' }, moment),
    );
  };

  test('a revision is new once for each source of each pipeline, also across a restart', async () => {
    await bench.create();
    await bench.create(twoStages({ name: 'Other' }));
    expect(await announce('abc')).toMatchObject({ isNew: true });
    await bench.reopen();
    expect(await announce('abc')).toMatchObject({ isNew: false });
    expect(await announce('ABC')).toMatchObject({ isNew: true });
    expect(await announce('abc', 'Other')).toMatchObject({ isNew: true });
    expect(await announce('abc', 'Mill', 'Elsewhere')).toMatchObject({ isNew: true });
  });

  test('a reported revision is known, however long its id is', async () => {
    await bench.create();
    const revision = '💧'.repeat(750);
    const { job } = await bench.claimOne();
    await bench.succeed(job.id, { currentRevision: { revision, changeIdentifier: 'c' } });
    expect(await announce(revision)).toMatchObject({ isNew: false });
    expect(await announce(`${revision.slice(0, -2)}x`)).toMatchObject({ isNew: true });
  });

  test('of many concurrent announcements one is new', async () => {
    await bench.create();
    const receipts = await Promise.all(Array.from({ length: 5 }, () => announce('abc')));
    expect(receipts.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test('the revision an execution is bound to is stored, and the job has it', async () => {
    const pipeline = await bench.create();
    await bench.succeed((await bench.claimOne()).job.id);
    const { executionId } = await announce('abc');
    await bench.reopen();
    expect(await bench.store.executions.find(pipeline.id, executionId)).toMatchObject({
      sourceBindings: [{ actionName: 'Fetch', revisionId: 'abc' }],
    });
    expect((await bench.claimOne()).action.start.outputArtifacts).toMatchObject([{ name: 'Code', revision: 'abc' }]);
  });
}
