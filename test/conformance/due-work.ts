import { expect, test } from 'vitest';
import { type OpenStore, useBench } from './bench.ts';

const kind = 'mow';
const leaseMs = 60_000;

/** Work that is due at a time and done once. */
export function dueWorkCases(open: OpenStore): void {
  const bench = useBench(open);
  const claim = (store = bench.store, limit = 9) => {
    const { at } = bench.clock;
    return store.dueWork.claim({ kind, at, latestAt: at + leaseMs, leaseUntil: at + leaseMs, limit });
  };
  const claimOne = async () => {
    const [work, ...others] = await claim();
    if (!work || others.length > 0) throw new Error('expected one claim');
    return work;
  };
  const request = (key: string, inMs = 0) => bench.store.dueWork.request(kind, key, bench.clock.at + inMs);
  const nextAt = () => bench.store.dueWork.nextAt(kind);

  test('is claimed when it is due, longest overdue first, across a restart and apart from other kinds', async () => {
    await request('later', 2);
    await request('soon', 1);
    await bench.store.dueWork.request('sow', 'soon', 0);
    expect(await claim()).toEqual([]);
    expect(await nextAt()).toBe(bench.clock.at + 1);
    await bench.reopen();
    bench.clock.pass(2);
    expect(await claim(bench.store, 1)).toMatchObject([{ key: 'soon', attempts: 1 }]);
    expect(await claim()).toMatchObject([{ key: 'later' }]);
    expect(await claim()).toEqual([]);
  });

  test('is claimed by one node at a time, and by another when the lease ends', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    for (const key of keys) await request(key);
    const nodes = [bench.store, (await bench.another()).store, (await bench.another()).store];
    const claimed = (await Promise.all([...nodes, ...nodes].map((store) => claim(store, 3)))).flat();
    expect(claimed.map(({ key }) => key).sort()).toEqual(keys);
    bench.clock.pass(leaseMs);
    const [first] = claimed;
    const again = (await claim()).find(({ key }) => key === first?.key);
    expect(again).toMatchObject({ attempts: 2 });
    const { at } = bench.clock;
    expect(first && (await bench.store.dueWork.renew(first, at + leaseMs))).toBe(false);
    expect(first && (await bench.store.dueWork.finish(first, { at }))).toBe(false);
    expect(again && (await bench.store.dueWork.finish(again, { at, nextAt: at + 5 }))).toBe(true);
    expect(again && (await bench.store.dueWork.finish(again, { at }))).toBe(false);
  });

  test('keeps its claim while that is renewed', async () => {
    await request('a');
    const work = await claimOne();
    bench.clock.pass(leaseMs - 1);
    expect(await bench.store.dueWork.renew(work, bench.clock.at + leaseMs)).toBe(true);
    bench.clock.pass(1);
    expect(await claim()).toEqual([]);
  });

  test('is due again when its result says so, or is over', async () => {
    await request('a');
    const { at } = bench.clock;
    await bench.store.dueWork.finish(await claimOne(), { at, nextAt: at + 5, isFailed: true });
    bench.clock.pass(5);
    const second = await claimOne();
    expect(second.attempts).toBe(2);
    await bench.store.dueWork.finish(second, { at: at + 5, nextAt: at + 6 });
    bench.clock.pass(1);
    const third = await claimOne();
    expect(third.attempts).toBe(1);
    await bench.store.dueWork.finish(third, { at: at + 6 });
    expect(await nextAt()).toBeUndefined();
  });

  test('requested earlier is due earlier, requested later is not', async () => {
    await request('a', 10);
    await request('a', 20);
    expect(await nextAt()).toBe(bench.clock.at + 10);
    await request('a', 3);
    expect(await nextAt()).toBe(bench.clock.at + 3);
  });

  test('requested while a node does it is done again, and by no other node meanwhile', async () => {
    await request('a');
    const work = await claimOne();
    await request('a');
    expect(await claim()).toEqual([]);
    await bench.store.dueWork.finish(work, { at: bench.clock.at });
    const again = await claimOne();
    await request('a');
    await bench.store.dueWork.finish(again, { at: bench.clock.at, nextAt: bench.clock.at + leaseMs });
    expect(await claimOne()).toMatchObject({ key: 'a' });
  });

  test('of a row that was made again is not finished by a claim of the earlier one', async () => {
    await request('a');
    const frozen = await claimOne();
    bench.clock.pass(leaseMs);
    await bench.store.dueWork.finish(await claimOne(), { at: bench.clock.at });
    await request('a');
    await claimOne();
    expect(await bench.store.dueWork.finish(frozen, { at: bench.clock.at })).toBe(false);
    expect(await bench.store.dueWork.renew(frozen, bench.clock.at)).toBe(false);
  });

  test('that lies too far ahead is due, since the clock was set back', async () => {
    await request('a', leaseMs + 1);
    await claimOne();
  });
}
