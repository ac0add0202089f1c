import { expect, test } from 'vitest';
import { sourceChanged } from '../../src/engine/events/source-changed.ts';
import type { CataloguedActionType } from '../../src/model/action-type.ts';
import { sourceCheckKind } from '../../src/model/sources/source-watch.ts';
import { action, actionType, declare, scope, source, stage } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const hourMs = 60 * 60_000;
const imageType: CataloguedActionType = actionType({
  category: 'Source',
  owner: 'AWS',
  provider: 'ECR',
  inputs: [0, 0],
  properties: [{ name: 'RepositoryName' }, { name: 'ImageTag' }],
});
const location = { RepositoryName: 'shop', ImageTag: 'v1' };
const ref = 'v1';

const watching = (name: string) =>
  declare(
    [
      stage('Source', source('Fetch', { type: imageType, configuration: location })),
      stage('Build', action('Compile', { inputs: ['Code'] })),
    ],
    { name, executionMode: 'QUEUED' },
  );

/** Source actions whose images are watched, one check for all with the same image. */
export function imageWatchCases(open: OpenStore): void {
  const bench = useBench(open);
  const create = async (name = 'Mill') => {
    await bench.store.actionTypes.insert(scope, imageType, {}, bench.clock.at).catch(() => undefined);
    return bench.create(watching(name));
  };
  /** Claims the checks that are due, and ends them until somebody asks for them. */
  const claim = async () => {
    const { at } = bench.clock;
    const times = { at, latestAt: at + hourMs, leaseUntil: at + hourMs };
    const checks = await bench.store.dueWork.claim({ kind: sourceCheckKind, ...times, limit: 9 });
    for (const check of checks) await bench.store.dueWork.finish(check, { at });
    return checks;
  };
  const report = (revision: string) =>
    bench.store.advance(
      { kind: 'pipeline', scope, name: 'Mill', source: { actionName: 'Fetch', location, revisionId: revision, ref } },
      (snapshot, moment) =>
        sourceChanged(snapshot, { actionName: 'Fetch', cursor: revision, revisionId: revision, ref }, moment),
    );
  const take = async (revision: string) => {
    const { job } = await bench.claimOne(imageType);
    await bench.succeed(job.id, { currentRevision: { revision, changeIdentifier: 'c' } });
  };

  test('resources that say where sources are make their checks due, others do not', async () => {
    await create();
    await create('Other');
    expect(await claim()).toHaveLength(1);
    const { sourceWatches } = bench.store;
    await sourceWatches.requestChecksOf(scope, ['Repository', 'EventTarget'], bench.clock.at);
    await sourceWatches.requestChecksOf({ ...scope, region: 'eu-west-1' }, ['Registry'], bench.clock.at);
    expect(await claim()).toEqual([]);
    await sourceWatches.requestChecksOf(scope, ['Registry', 'Registry'], bench.clock.at);
    expect(await claim()).toHaveLength(1);
  });

  test('a tag that comes back to an image starts it again', async () => {
    await create();
    await take('a');
    expect(await report('a')).toBeUndefined();
    bench.clock.pass(1000);
    expect(await report('b')).toEqual(expect.any(String));
    await take('b');
    bench.clock.pass(1000);
    expect(await report('b')).toBeUndefined();
    expect(await report('a')).toEqual(expect.any(String));
  });

  test('a moved tag is announced once for all its watches, and not when it is seen first', async () => {
    const pipelines = [await create(), await create('Other')];
    const keys = pipelines.map(({ id }) => ({ pipelineId: id, actionName: 'Fetch', location }));
    const announcement = { ...scope, source: 'aws.ecr', 'detail-type': 'ECR Image Action', resources: [], detail: {} };
    const move = (cursor: string, watches = keys, { sourceWatches } = bench.store) => {
      const { at } = bench.clock;
      return sourceWatches.announceMove(watches, { ref, cursor, announcements: [{ ...announcement, at }], at });
    };
    expect(await move('a', keys.slice(0, 1))).toBe(false);
    expect(await move('a')).toBe(false);
    const other = (await bench.another()).store;
    const moved = await Promise.all([move('b'), move('b', keys, other), move('b')]);
    expect(moved.filter((isMoved) => isMoved)).toHaveLength(1);
    const { events } = await bench.store.events.read({ limit: 100 });
    expect(events.filter(({ kind }) => kind === 'announced')).toHaveLength(1);
    expect(await move('c', [{ ...keys[0], location: {} } as (typeof keys)[0]])).toBe(false);
  });
}
