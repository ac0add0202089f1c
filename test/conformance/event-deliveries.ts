import { expect, test } from 'vitest';
import type { NewDelivery } from '../../src/model/event-delivery.ts';
import { sampleEvent } from '../support/events/event.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const origin = { callerArn: 'arn:aws:iam::123456789012:user/ada', accessKeyId: 'AKIA1', requestId: 'r1' };
const expiresAt = 90_000;
const laneKind = 'event-lane';

/** Events on their way to their receivers. */
export function eventDeliveryCases(open: OpenStore): void {
  const bench = useBench(open);
  const delivery = (id: string, name = 'chat', pipelineId = 'p1'): NewDelivery => ({
    id,
    receiver: { ...scope, destination: 'EventTarget', name },
    pipelineId,
    event: sampleEvent,
    body: JSON.stringify(sampleEvent),
  });
  const handOut = (from: string | undefined, to: string, ...deliveries: NewDelivery[]) =>
    bench.store.eventDeliveries.handOut({ reader: 'r', from, to, deliveries, at: bench.clock.at, expiresAt });
  const claimLanes = () => {
    const { at } = bench.clock;
    return bench.store.dueWork.claim({ kind: laneKind, at, latestAt: at + 9e6, leaseUntil: at + 9e6, limit: 9 });
  };
  const laneOf = (name = 'chat', pipelineId = 'p1') =>
    JSON.stringify(['EventTarget', scope.account, scope.region, name, pipelineId]);
  const next = async (lane = laneOf()) => (await bench.store.eventDeliveries.next(lane))?.id;
  const list = (search: { status?: 'Pending' | 'Delivered' | 'Dead'; before?: number; limit?: number } = {}) =>
    bench.store.eventDeliveries.list(scope, { limit: 9, ...search });
  const applyTarget = (name: string) =>
    bench.store.resources.put(scope, [{ kind: 'EventTarget', name, document: { type: 'http' } }], {
      at: bench.clock.at,
      origin,
    });

  test('are stored with the cursor of their events, once', async () => {
    expect(await bench.store.eventDeliveries.cursor('r')).toBeUndefined();
    expect(await handOut(undefined, 'c1', delivery('a'))).toBe(true);
    expect(await handOut(undefined, 'c1', delivery('b'))).toBe(false);
    expect(await handOut('c0', 'c2', delivery('b'))).toBe(false);
    await bench.reopen();
    expect(await bench.store.eventDeliveries.cursor('r')).toBe('c1');
    expect(await handOut('c1', 'c2')).toBe(true);
    expect((await list()).map(({ id }) => id)).toEqual(['a']);
  });

  test('of one cursor are stored by one of several nodes', async () => {
    await handOut(undefined, 'c1');
    const nodes = [bench.store, (await bench.another()).store, (await bench.another()).store];
    const stored = await Promise.all(
      nodes.map(({ eventDeliveries }, index) =>
        eventDeliveries.handOut({
          reader: 'r',
          from: 'c1',
          to: 'c2',
          deliveries: [delivery(`node ${index}`)],
          at: 0,
          expiresAt,
        }),
      ),
    );
    expect(stored.filter(Boolean)).toHaveLength(1);
    expect(await list()).toHaveLength(1);
  });

  test('make the lane of their receiver and pipeline due, and come in order', async () => {
    await handOut(undefined, 'c1', delivery('a'), delivery('b', 'chat', 'p2'), delivery('c'), delivery('d', 'mail'));
    expect((await claimLanes()).map(({ key }) => key).sort()).toEqual(
      [laneOf(), laneOf('chat', 'p2'), laneOf('mail')].sort(),
    );
    expect(await bench.store.eventDeliveries.next(laneOf())).toEqual({
      id: 'a',
      receiver: { ...scope, destination: 'EventTarget', name: 'chat' },
      event: sampleEvent,
      attempts: 0,
      dueAt: bench.clock.at,
      expiresAt,
    });
    await bench.store.eventDeliveries.recordSuccess('a', bench.clock.at);
    expect(await next()).toBe('c');
    expect(await next(laneOf('chat', 'p2'))).toBe('b');
  });

  test('wait after a failure, keep the others waiting, and are dead in the end', async () => {
    const { at } = bench.clock;
    await handOut(undefined, 'c1', delivery('a'), delivery('b'));
    await bench.store.eventDeliveries.recordFailure('a', { attempts: 0, failure: 'closed', at, dueAt: at + 5 });
    await bench.store.eventDeliveries.recordFailure('a', { attempts: 0, failure: 'late', at, dueAt: at + 7 });
    expect(await bench.store.eventDeliveries.next(laneOf())).toMatchObject({ id: 'a', attempts: 1, dueAt: at + 5 });
    expect(await list({ status: 'Pending' })).toMatchObject([
      { id: 'b', attempts: 0, dueAt: at },
      { id: 'a', failure: 'closed', dueAt: at + 5 },
    ]);
    await bench.store.eventDeliveries.recordFailure('a', { attempts: 1, failure: 'gone', at: at + 5 });
    expect(await next()).toBe('b');
    const [dead, ...others] = await list({ status: 'Dead' });
    expect(dead).toMatchObject({ id: 'a', status: 'Dead', failure: 'gone', attempts: 2, endedAt: at + 5 });
    expect(dead?.dueAt).toBeUndefined();
    expect(others).toEqual([]);
    // What a node that was taken for dead reports late changes nothing.
    await bench.store.eventDeliveries.recordSuccess('a', at);
    expect(await list({ status: 'Dead' })).toHaveLength(1);
    expect(await bench.store.eventDeliveries.count()).toEqual({ pending: 1, dead: 1, oldestAt: at });
  });

  test('are listed in pages, newest first, in their account and Region', async () => {
    await handOut(undefined, 'c1', delivery('a'), delivery('b'), delivery('c'));
    const page = await list({ limit: 2 });
    expect(page.map(({ id }) => id)).toEqual(['c', 'b']);
    expect(page[0]).toMatchObject({ eventId: sampleEvent.id, detailType: sampleEvent['detail-type'] });
    expect((await list({ before: page[1]?.sequence })).map(({ id }) => id)).toEqual(['a']);
    expect(await bench.store.eventDeliveries.list({ ...scope, region: 'eu-west-9' }, { limit: 9 })).toEqual([]);
  });

  test('are sent again when a person asks for it, which is recorded', async () => {
    const { at } = bench.clock;
    await handOut(undefined, 'c1', delivery('a'), delivery('b'));
    await bench.store.eventDeliveries.recordFailure('a', { attempts: 0, failure: 'gone', at });
    for (const lane of await claimLanes()) await bench.store.dueWork.finish(lane, { at });
    const redeliver = (ids: string[], region = scope.region) =>
      bench.store.eventDeliveries.redeliver({ ...scope, region }, ids, { at: at + 9, expiresAt: at + 99, origin });
    const missing = { code: 'ResourceNotFoundException' };
    await expect(redeliver(['a'], 'eu-west-9')).rejects.toMatchObject(missing);
    await expect(redeliver(['a', 'none'])).rejects.toMatchObject(missing);
    expect(await next()).toBe('b');
    await redeliver(['a', 'a']);
    expect(await bench.store.eventDeliveries.next(laneOf())).toMatchObject({
      id: 'a',
      attempts: 0,
      dueAt: at + 9,
      expiresAt: at + 99,
    });
    expect(await bench.store.dueWork.nextAt(laneKind)).toBe(at + 9);
    expect(await bench.store.audit.list(scope, { limit: 9 })).toMatchObject([
      { action: 'RedeliverEvents', subject: 'event-delivery/a', origin },
    ]);
  });

  test('are due at once when their target is changed, and dead when it is deleted', async () => {
    const { at } = bench.clock;
    await applyTarget('chat');
    await handOut(undefined, 'c1', delivery('a'), delivery('b', 'mail'));
    for (const id of ['a', 'b'])
      await bench.store.eventDeliveries.recordFailure(id, { attempts: 0, failure: 'closed', at, dueAt: at + 500 });
    for (const lane of await claimLanes()) await bench.store.dueWork.finish(lane, { at, nextAt: at + 500 });
    bench.clock.pass(1);
    await applyTarget('chat');
    expect(await bench.store.eventDeliveries.next(laneOf())).toMatchObject({ id: 'a', dueAt: at + 1, attempts: 0 });
    // An attempt that was under way fails late, at the old place.
    await bench.store.eventDeliveries.recordFailure('a', { attempts: 1, failure: 'late', at, dueAt: at + 500 });
    expect(await bench.store.eventDeliveries.next(laneOf())).toMatchObject({ id: 'a', dueAt: at + 1 });
    expect(await claimLanes()).toMatchObject([{ key: laneOf() }]);
    const named = { kind: 'EventTarget', name: 'chat' } as const;
    await bench.store.resources.delete(scope, named, { at: at + 2, origin });
    expect(await list({ status: 'Dead' })).toMatchObject([{ id: 'a', failure: 'The target has been deleted.' }]);
    expect(await list({ status: 'Pending' })).toMatchObject([{ id: 'b' }]);
  });

  test('are removed some time after they ended', async () => {
    const { at } = bench.clock;
    await handOut(undefined, 'c1', delivery('a'), delivery('b'), delivery('c'), delivery('d'));
    await bench.store.eventDeliveries.recordSuccess('a', at);
    await bench.store.eventDeliveries.recordFailure('b', { attempts: 0, failure: 'gone', at });
    await bench.store.eventDeliveries.recordSuccess('c', at + 5);
    const prune = (deliveredBefore: number, deadBefore: number, limit = 9) =>
      bench.store.eventDeliveries.prune({ deliveredBefore, deadBefore, limit });
    expect(await prune(at + 1, at)).toBe(1);
    expect((await list()).map(({ id }) => id)).toEqual(['d', 'c', 'b']);
    expect(await prune(at + 9, at + 9, 1)).toBe(1);
    expect(await prune(at + 9, at + 9)).toBe(1);
    expect((await list()).map(({ id }) => id)).toEqual(['d']);
  });
}
