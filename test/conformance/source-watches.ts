import { describe, expect, test } from 'vitest';
import { sourceChanged } from '../../src/engine/events/source-changed.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import type { CataloguedActionType } from '../../src/model/action-type.ts';
import { type FoundRevision, sourceCheckKind } from '../../src/model/sources/source-watch.ts';
import { action, actionType, declare, scope, source, stage } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const minuteMs = 60_000;
const s3Type: CataloguedActionType = actionType({
  category: 'Source',
  owner: 'AWS',
  provider: 'S3',
  inputs: [0, 0],
  properties: [{ name: 'S3Bucket' }, { name: 'S3ObjectKey' }, { name: 'PollForSourceChanges' }],
});
const location = { S3Bucket: 'in', S3ObjectKey: 'app.zip' };

const polled = (configuration: Record<string, string> = {}, name = 'Fetch') =>
  declare(
    [
      stage('Source', source(name, { type: s3Type, configuration: { ...location, ...configuration } })),
      stage('Build', action('Compile', { inputs: ['Code'] })),
    ],
    { executionMode: 'QUEUED' },
  );

/** Source actions that are checked for changes. */
export function sourceWatchCases(open: OpenStore): void {
  const bench = useBench(open);
  /** Claims the checks that are due, returns their watches, and makes the checks due again in a minute. */
  const claim = async (limit = 9, store = bench.store) => {
    const { at } = bench.clock;
    const times = { at, latestAt: at + minuteMs, leaseUntil: at + minuteMs };
    const checks = await store.dueWork.claim({ kind: sourceCheckKind, ...times, limit });
    const watches = await Promise.all(checks.map(({ key }) => store.sourceWatches.ofCheck(key)));
    for (const check of checks) await store.dueWork.finish(check, { at, nextAt: at + minuteMs });
    return watches.flat();
  };
  const report = (found: FoundRevision, { store = bench.store, place = location } = {}) =>
    store.advance(
      {
        kind: 'pipeline',
        scope,
        name: 'Mill',
        source: { actionName: 'Fetch', location: place, revisionId: found.revisionId },
      },
      (snapshot, moment) => sourceChanged(snapshot, { actionName: 'Fetch', ...found }, moment),
    );
  const version = (id: string): FoundRevision => ({ cursor: id, revisionId: id });
  const update = (declaration: ReturnType<typeof polled>) =>
    bench.store.pipelines.update(scope, 'Mill', () => declaration, endOutdated);
  const takeFirst = async (revision = 'v1') => {
    const { job } = await bench.claimOne(s3Type);
    await bench.succeed(job.id, { currentRevision: { revision, changeIdentifier: 'c' } });
  };
  const create = async (declaration = polled()) => {
    await bench.store.actionTypes.insert(scope, s3Type, {}, bench.clock.at);
    return bench.create(declaration);
  };

  describe('a watch', () => {
    test('is due immediately, and then as its claim says, also across a restart', async () => {
      const pipeline = await create();
      const [watch, ...others] = await claim();
      expect(others).toEqual([]);
      expect(watch).toMatchObject({ actionName: 'Fetch', typeKey: 'Source/AWS/S3/1', location });
      expect(watch?.pipeline).toMatchObject({ id: pipeline.id, name: 'Mill', ...scope });
      await bench.reopen();
      expect(await claim()).toEqual([]);
      expect(await bench.store.dueWork.nextAt(sourceCheckKind)).toBe(bench.clock.at + minuteMs);
      bench.clock.pass(minuteMs);
      expect(await claim()).toHaveLength(1);
    });

    test('is due when the clock was set back by more than the interval', async () => {
      await create();
      bench.clock.pass(60 * minuteMs);
      await claim();
      bench.clock.pass(-30 * minuteMs);
      expect(await claim()).toHaveLength(1);
    });

    test('shares its check with the watches of the same source under the same role', async () => {
      await create();
      await bench.create({ ...polled(), name: 'Second' });
      await bench.create({ ...polled({ S3ObjectKey: 'other.zip' }), name: 'Third' });
      await bench.create({ ...polled(), name: 'Fourth', roleArn: 'arn:aws:iam::111122223333:role/Other' });
      const { at } = bench.clock;
      const times = { at, latestAt: at, leaseUntil: at + minuteMs };
      const checks = await bench.store.dueWork.claim({ kind: sourceCheckKind, ...times, limit: 9 });
      const served = await Promise.all(checks.map(({ key }) => bench.store.sourceWatches.ofCheck(key)));
      const names = served.map((watches) => watches.map(({ pipeline }) => pipeline.name).sort());
      expect(names.sort()).toEqual([['Fourth'], ['Mill', 'Second'], ['Third']]);
    });

    test('is claimed by one node at a time', async () => {
      await create();
      const other = await bench.another();
      const claimed = await Promise.all([claim(), claim(9, other.store), claim(), claim(9, other.store)]);
      expect(claimed.flat()).toHaveLength(1);
    });

    test('ends with polling, with its action and with its pipeline', async () => {
      await create();
      await update(polled({ PollForSourceChanges: 'false' }));
      expect(await claim()).toEqual([]);
      expect(await report(version('v2'))).toBeUndefined();
      await update(polled());
      expect(await claim()).toHaveLength(1);
      await update(polled({}, 'Other'));
      expect(await claim()).toMatchObject([{ actionName: 'Other' }]);
      await bench.delete('Mill');
      bench.clock.pass(minuteMs);
      expect(await claim()).toEqual([]);
    });

    test('stores why it found nothing, and reports a change of that once', async () => {
      const { id: pipelineId } = await create();
      const key = { pipelineId, actionName: 'Fetch', location };
      const { sourceWatches } = bench.store;
      const gone = { code: 'ConfigurationError', message: 'gone', at: bench.clock.at };
      expect(await sourceWatches.noteFailure(key, gone)).toBe(true);
      expect(await sourceWatches.noteFailure(key, gone)).toBe(false);
      expect(await claim()).toMatchObject([{ failure: gone }]);
      expect(await sourceWatches.failures(pipelineId)).toEqual(new Map([['Fetch', gone]]));
      expect(await sourceWatches.noteFailure(key, undefined)).toBe(true);
      expect(await sourceWatches.failures(pipelineId)).toEqual(new Map());
      expect(await sourceWatches.noteFailure(key, undefined)).toBe(false);
    });
  });

  describe('the result of a check', () => {
    test('starts an execution that is bound to it, unless an execution has used it', async () => {
      const pipeline = await create();
      expect(await report(version('v1'))).toBeUndefined();
      await takeFirst('v1');
      expect(await report(version('v1'))).toBeUndefined();
      const id = await report(version('v2'));
      await bench.reopen();
      expect(await bench.store.executions.find(pipeline.id, id ?? '')).toMatchObject({
        trigger: { triggerType: 'PollForSourceChanges', triggerDetail: 'Fetch' },
        sourceBindings: [{ actionName: 'Fetch', revisionId: 'v2' }],
      });
      await takeFirst('v2');
      expect(await report(version('v2'))).toBeUndefined();
      expect(await report(version('v1'))).toBeUndefined();
    });

    test('of many concurrent reports of several nodes one starts an execution', async () => {
      await create();
      await takeFirst();
      const nodes = [bench.store, (await bench.another()).store, (await bench.another()).store];
      const started = await Promise.all([...nodes, ...nodes].map((store) => report(version('v2'), { store })));
      expect(started.filter((id) => id !== undefined)).toHaveLength(1);
    });

    test('starts nothing twice when polling is switched off and on, and starts again for another location', async () => {
      await create();
      await takeFirst();
      expect(await report({ cursor: 'etag:a' })).toBeUndefined();
      expect(await report({ cursor: 'etag:b' })).toEqual(expect.any(String));
      await takeFirst('null');
      await update(polled({ PollForSourceChanges: 'false' }));
      await update(polled());
      expect(await report({ cursor: 'etag:b' })).toBeUndefined();
      const place = { ...location, S3ObjectKey: 'other.zip' };
      await update(polled({ S3ObjectKey: 'other.zip' }));
      expect(await report(version('w1'))).toBeUndefined();
      expect(await report(version('w1'), { place })).toEqual(expect.any(String));
    });
  });
}
