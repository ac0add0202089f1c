import { expect, test } from 'vitest';
import { batchArn, buildBatchesKind } from '../../src/model/build-batch.ts';
import { buildOrder } from '../support/builds/build-order.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { leaseMs, type OpenStore, useBench } from './bench.ts';

const groups = {
  stopsAtFirstFailure: false,
  groups: [{ identifier: 'a', dependsOn: [], ignoresFailure: false, changes: { variables: {} } }],
};

/** Batches of builds. */
export function buildBatchCases(open: OpenStore): void {
  const bench = useBench(open);
  const order = (projectName = 'mill') => ({ build: buildOrder({ projectName }), mostBuilds: 100, timeoutMs: 5 });
  const create = (uuid: string, project?: string, owner = scope) =>
    bench.store.buildBatches.create(owner, uuid, order(project), bench.clock.at);
  const find = async (id = 'mill:1') => (await bench.store.buildBatches.findAll(scope, [id]))[0];

  test('is created once for an id, numbered by its project, and due at once', async () => {
    const first = await create('1');
    const { at } = bench.clock;
    expect(first).toEqual({ id: 'mill:1', scope, number: 1, order: order(), status: 'IN_PROGRESS', startedAt: at });
    expect(await create('1')).toEqual(first);
    expect([await create('2'), await create('1', 'other')]).toMatchObject([{ number: 2 }, { number: 1 }]);
    // Builds have numbers of their own.
    expect(await bench.store.builds.create(scope, '1', buildOrder(), at)).toMatchObject({ number: 1 });
    const due = { kind: buildBatchesKind, at, latestAt: at + leaseMs, leaseUntil: at + leaseMs, limit: 9 };
    const keys = (await bench.store.dueWork.claim(due)).map(({ key }) => key);
    expect(keys.sort()).toEqual(['mill:1', 'mill:2', 'other:1'].map((id) => batchArn(scope, id)));
    await bench.reopen();
    expect(await find()).toEqual(first);
  });

  test('keeps its groups until it ends, which it does once', async () => {
    const { buildBatches } = bench.store;
    await create('1');
    const readAt = bench.clock.at;
    expect(await buildBatches.putGroups(scope, 'mill:1', { groups, at: readAt })).toBe(true);
    bench.clock.pass(5);
    const { at } = bench.clock;
    expect(await buildBatches.putGroups(scope, 'mill:1', { groups: { ...groups, commit: 'c' }, at })).toBe(true);
    expect(await find()).toMatchObject({ groups: { commit: 'c' }, readAt });
    expect(await buildBatches.requestStop(scope, 'mill:1', at)).toMatchObject({ stopRequestedAt: at });
    const failure = { code: 'CLIENT_ERROR', message: 'b' };
    expect(await buildBatches.end(scope, 'mill:1', { status: 'FAILED', failure, at })).toBe(true);
    expect(await buildBatches.end(scope, 'mill:1', { status: 'STOPPED', at })).toBe(false);
    expect(await buildBatches.putGroups(scope, 'mill:1', { groups, at })).toBe(false);
    expect(await buildBatches.requestStop(scope, 'mill:1', at + 1)).toMatchObject({
      status: 'FAILED',
      failure,
      endedAt: at,
    });
    expect(await buildBatches.requestStop(scope, 'mill:none', at)).toBeUndefined();
  });

  test('is listed with those of its project, also by status, and removed with old builds', async () => {
    const { builds, buildBatches } = bench.store;
    for (const uuid of ['1', '2', '3']) await create(uuid);
    await create('4', 'other');
    await create('5', 'mill', { ...scope, region: 'eu-west-1' });
    const list = async (more: Partial<Parameters<typeof buildBatches.list>[1]> = {}) =>
      (await buildBatches.list(scope, { project: 'mill', order: 'DESCENDING', limit: 9, ...more })).map(({ id }) => id);
    expect(await list()).toEqual(['mill:3', 'mill:2', 'mill:1']);
    const [, second] = await buildBatches.list(scope, { project: 'mill', order: 'ASCENDING', limit: 9 });
    expect(await list({ order: 'ASCENDING', after: second?.sequence })).toEqual(['mill:3']);
    await buildBatches.end(scope, 'mill:2', { status: 'SUCCEEDED', at: bench.clock.at });
    expect(await list({ status: 'SUCCEEDED' })).toEqual(['mill:2']);
    await builds.prune(bench.clock.at + 1, 9);
    expect(await list()).toEqual(['mill:3', 'mill:1']);
  });
}
