import { describe, expect, test } from 'vitest';
import { scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';
import { hookStepsOn } from './hook-steps.ts';

const elsewhere = { ...scope, region: 'eu-west-1' };
const origin = { callerArn: 'arn:aws:iam::123456789012:user/ada', accessKeyId: 'AKIA1', requestId: 'r1' };

/** The hooks of repositories. */
export function repositoryHookCases(open: OpenStore): void {
  const bench = useBench(open);
  const { hooks, ensure, record, createPipeline } = hookStepsOn(bench);

  describe('a hook', () => {
    test('keeps its id, in its account and Region', async () => {
      await ensure('shop', 'firmware');
      await hooks().ensure(scope, [{ repository: 'shop', id: 'another' }], bench.clock.at + 1);
      await bench.reopen();
      const [firmware, shop, ...others] = await hooks().list(scope);
      expect(firmware?.repository).toBe('firmware');
      expect(others).toEqual([]);
      const stored = { ...scope, id: 'id of shop', repository: 'shop', createdAt: bench.clock.at, refusedEvents: 0 };
      expect(shop).toEqual(stored);
      expect(await hooks().findById('id of shop')).toEqual(stored);
      expect(await hooks().findById('another')).toBeUndefined();
      expect(await hooks().list(elsewhere)).toEqual([]);
    });

    test('counts what it refuses, and shows the trouble until it takes an event', async () => {
      await ensure('shop');
      await hooks().noteTrouble('id of shop', { message: 'no', at: bench.clock.at });
      bench.clock.pass(5);
      await hooks().noteTrouble('id of shop', { message: 'wrong', at: bench.clock.at });
      expect(await hooks().findById('id of shop')).toMatchObject({
        refusedEvents: 2,
        trouble: { message: 'wrong', at: bench.clock.at },
      });
      await record();
      const { trouble, refusedEvents, verifiedAt } = (await hooks().findById('id of shop')) ?? {};
      expect({ trouble, refusedEvents, verifiedAt }).toEqual({ refusedEvents: 2, verifiedAt: bench.clock.at });
      await record({ outcome: 'Refused', message: 'another repository', bodyHash: 'b2', deliveryId: 'd2' });
      expect(await hooks().findById('id of shop')).toMatchObject({
        refusedEvents: 3,
        trouble: { message: 'another repository' },
        verifiedAt,
      });
    });

    test('announces its trouble once an hour', async () => {
      await ensure('shop', 'firmware');
      const announced = async () => {
        const { events: read } = await bench.store.events.read({ limit: 99 });
        return read.flatMap((one) => (one.kind === 'announced' ? [one.announcement] : []));
      };
      const trouble = (message: string, hook = 'shop') =>
        hooks().noteTrouble(`id of ${hook}`, { message, at: bench.clock.at });
      await trouble('first');
      bench.clock.pass(3_599_999);
      await trouble('second');
      await trouble('other', 'firmware');
      await trouble('third');
      bench.clock.pass(1);
      await record({ outcome: 'Refused', message: 'fourth' });
      expect(await announced()).toEqual([
        expect.objectContaining({ detail: { repository: 'shop', message: 'first', 'refused-events': 1 } }),
        expect.objectContaining({ detail: { repository: 'firmware', message: 'other', 'refused-events': 1 } }),
        {
          ...scope,
          at: bench.clock.at,
          source: 'millrace',
          'detail-type': 'Repository Hook Trouble',
          resources: [`arn:aws:millrace:${scope.region}:${scope.account}:resource/Repository/shop`],
          detail: { repository: 'shop', message: 'fourth', 'refused-events': 4 },
        },
      ]);
      await hooks().noteTrouble('no hook', { message: 'no', at: bench.clock.at });
      expect(await announced()).toHaveLength(3);
    });

    test('goes with its repository, and what it has received is no longer shown', async () => {
      await createPipeline();
      await ensure('shop', 'firmware');
      const resources = ['shop', 'firmware'].map((name) => ({ kind: 'Repository' as const, name, document: {} }));
      await bench.store.resources.put(scope, resources, { at: bench.clock.at, origin });
      await record();
      await record({}, { hook: 'firmware' });
      await bench.store.resources.delete(scope, { kind: 'Repository', name: 'shop' }, { at: bench.clock.at, origin });
      expect(await hooks().findById('id of shop')).toBeUndefined();
      expect(await hooks().events(scope, { limit: 9 })).toMatchObject([{ repository: 'firmware' }]);
      expect(await record()).toBeUndefined();
    });
  });
}
