import { expect, test } from 'vitest';
import { scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const key = (name: string) => JSON.stringify([scope.account, scope.region, name]);
const announcement = { ...scope, at: 1, source: 's', 'detail-type': 't', resources: [], detail: {} };

/** Repositories of which rules want to hear. */
export function watchedRepositoryCases(open: OpenStore): void {
  const bench = useBench(open);
  const find = async (name: string) => {
    const found = await bench.store.watchedRepositories.find(key(name));
    if (!found) throw new Error(`expected ${name} to be watched`);
    return found;
  };
  const announced = async () => (await bench.store.events.read({ limit: 99 })).events.length;

  test('is watched once, and its first check is due', async () => {
    const { watchedRepositories, dueWork } = bench.store;
    await watchedRepositories.watch(scope, ['a', 'b'], bench.clock.at);
    const { at } = bench.clock;
    const claim = { kind: 'repository-refs', at, latestAt: at + 1000, leaseUntil: at + 1000, limit: 9 };
    const claimed = await dueWork.claim(claim);
    expect(claimed.map((work) => work.key).sort()).toEqual([key('a'), key('b')]);
    for (const work of claimed) await dueWork.finish(work, { at });
    await watchedRepositories.watch(scope, ['a'], at);
    expect(await dueWork.claim(claim)).toEqual([]);
    expect(await find('a')).toEqual({ ...scope, name: 'a' });
  });

  test('has its refs recorded with their events, by one node', async () => {
    await bench.store.watchedRepositories.watch(scope, ['a'], bench.clock.at);
    const first = await find('a');
    const to = { 'refs/heads/größe "x"': 'c1' };
    expect(await bench.store.watchedRepositories.record(first, { to, announcements: [] })).toBe(true);
    await bench.reopen();
    const second = await find('a');
    expect(second.refs).toEqual(to);
    const other = (await bench.another()).store;
    const records = await Promise.all(
      [bench.store, other].map((store) =>
        store.watchedRepositories.record(second, { to: { 'refs/heads/main': 'c2' }, announcements: [announcement] }),
      ),
    );
    expect(records.filter((isRecorded) => isRecorded)).toHaveLength(1);
    expect(await announced()).toBe(1);
    expect(await bench.store.watchedRepositories.record(first, { to, announcements: [announcement] })).toBe(false);
    expect(await announced()).toBe(1);
  });

  test('is forgotten with its refs', async () => {
    await bench.store.watchedRepositories.watch(scope, ['a'], bench.clock.at);
    const watched = await find('a');
    await bench.store.watchedRepositories.record(watched, { to: {}, announcements: [] });
    await bench.store.watchedRepositories.unwatch(watched);
    expect(await bench.store.watchedRepositories.find(key('a'))).toBeUndefined();
    await bench.store.watchedRepositories.watch(scope, ['a'], bench.clock.at);
    expect((await find('a')).refs).toBeUndefined();
  });
}
