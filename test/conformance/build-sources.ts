import { expect, test } from 'vitest';
import { buildArn, buildSourcesKind } from '../../src/model/build.ts';
import { buildOrder } from '../support/builds/build-order.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { leaseMs, type OpenStore, useBench } from './bench.ts';

const id = 'mill:1';
const git = { type: 'GIT', repository: 'mill', ref: 'main' } as const;
const fetched = { source: { type: 'S3', bucket: 'b', key: 'packed' }, secondarySources: [] } as const;
const failure = { code: 'CLIENT_ERROR', message: 'no such branch' };

/** Git sources of builds: packed before a runner gets the build. */
export function buildSourceCases(open: OpenStore): void {
  const bench = useBench(open);
  const create = () => bench.store.builds.create(scope, '1', buildOrder({ source: git }), bench.clock.at);
  const offer = () => bench.store.builds.offer(scope, id, { ...fetched, secondarySources: [] }, bench.clock.at);
  const fail = () => bench.store.builds.failSources(scope, id, failure, bench.clock.at);
  const claim = () => {
    const { at } = bench.clock;
    return bench.store.builds.claim({ account: scope.account, runner: 'r', limit: 9, at, leaseUntil: at + leaseMs });
  };

  test('make it wait until they are packed, which is due at once', async () => {
    await create();
    expect(await claim()).toEqual([]);
    const { at } = bench.clock;
    const due = { kind: buildSourcesKind, at, latestAt: at + leaseMs, leaseUntil: at + leaseMs, limit: 9 };
    expect((await bench.store.dueWork.claim(due)).map(({ key }) => key)).toEqual([buildArn(scope, id)]);
    expect(await offer()).toBe(true);
    expect(await claim()).toMatchObject([{ order: { source: git }, fetched }]);
    expect([await offer(), await fail()]).toEqual([false, false]);
  });

  test('fail it if they cannot be packed', async () => {
    await create();
    const { at } = bench.clock;
    expect(await fail()).toBe(true);
    const build = await bench.store.builds.find(scope, id);
    expect(build).toMatchObject({ status: 'FAILED', failure, endedAt: at });
    expect(build?.phases.slice(-2)).toEqual([
      { type: 'DOWNLOAD_SOURCE', startedAt: at, endedAt: at, status: 'FAILED', failure },
      { type: 'COMPLETED', startedAt: at },
    ]);
    expect([await fail(), await offer()]).toEqual([false, false]);
  });
}
