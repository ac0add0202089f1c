import { describe, expect, test } from 'vitest';
import { actionTypeKey } from '../../src/model/action-type.ts';
import { actionType, catalogue, scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** Action types and settings. */
export function catalogueCases(open: OpenStore): void {
  const bench = useBench(open);
  const foreign = { account: '210987654321', region: 'us-east-1' };
  const elsewhere = { account: scope.account, region: 'eu-west-1' };
  const s3 = actionType({
    category: 'Source',
    owner: 'AWS',
    provider: 'S3',
    timeoutMs: 2 ** 40,
    attributes: { polls: true },
  });
  const deploy = actionType({ category: 'Deploy', owner: 'AWS', provider: 'S3' });
  const find = (where: typeof scope, { definition }: typeof s3) => bench.store.actionTypes.find(where, definition.id);
  const keys = async (where: typeof scope, page: { owner?: string; afterKey?: string; limit?: number } = {}) =>
    (await bench.store.actionTypes.list(where, { afterKey: '', limit: 99, ...page })).map(({ key }) => key);

  describe('custom types', () => {
    test('belong to one account and Region (behaviour A.2.3)', async () => {
      for (const type of catalogue) {
        expect(await find(scope, type)).toEqual(type);
        expect(await find(foreign, type)).toBeUndefined();
        expect(await find(elsewhere, type)).toBeUndefined();
      }
      expect(await bench.store.actionTypes.countCustom(scope)).toBe(catalogue.length);
      expect(await bench.store.actionTypes.countCustom(foreign)).toBe(0);
      expect(await keys(elsewhere)).toEqual([]);
    });

    test('are found many at a time, along with built-in ones, each once', async () => {
      await bench.store.actionTypes.replaceBuiltIn([s3]);
      const more = Array.from({ length: 70 }, (_, index) => actionType({ version: String(index + 2) }));
      for (const type of more) await bench.store.actionTypes.insert(scope, type, {}, bench.clock.at);
      const wanted = [s3, ...catalogue, ...more, ...more, actionType({ provider: 'None' })];
      const found = await bench.store.actionTypes.findAll(
        scope,
        wanted.map(({ definition }) => definition.id),
      );
      const keysOf = (types: typeof found) => types.map(({ definition }) => actionTypeKey(definition.id)).sort();
      expect(keysOf(found)).toEqual(keysOf([s3, ...catalogue, ...more]));
      expect(await bench.store.actionTypes.findAll(elsewhere, [])).toEqual([]);
    });

    test('are inserted once; the first definition stays', async () => {
      const [first] = catalogue;
      if (!first) throw new Error('no type');
      const changed = { ...first, timeoutMs: 1 };
      await bench.store.actionTypes.insert(scope, changed, {}, bench.clock.at);
      expect(await find(scope, first)).toEqual(first);
      await bench.store.actionTypes.insert(foreign, changed, {}, bench.clock.at);
      expect(await find(foreign, first)).toEqual(changed);
    });

    test('differ by every part of their id, case-sensitively', async () => {
      const parts = [{ category: 'Test' as const }, { provider: 'bench' }, { version: '2' }, { provider: 'Bench_' }];
      for (const part of parts) {
        expect(await find(scope, actionType(part))).toBeUndefined();
        await bench.store.actionTypes.insert(scope, actionType(part), {}, bench.clock.at);
        expect(await find(scope, actionType(part))).toEqual(actionType(part));
      }
      expect(await bench.store.actionTypes.countCustom(scope)).toBe(catalogue.length + parts.length);
    });

    test('of many concurrent insertions exactly one succeeds, and its type stays', async () => {
      const types = Array.from({ length: 6 }, (_, index) => actionType({ provider: 'New', timeoutMs: index + 1 }));
      const answers = await Promise.all(
        types.map((type) => bench.store.actionTypes.insert(scope, type, {}, bench.clock.at)),
      );
      const winners = types.filter((_, index) => answers.filter((answer) => answer === answers[index]).length === 1);
      expect(winners).toHaveLength(1);
      expect(await find(scope, actionType({ provider: 'New' }))).toEqual(winners[0]);
    });

    test('a deleted version is restored only by the identical definition (behaviour A.11)', async () => {
      const { store, clock } = bench;
      const type = actionType({ provider: 'Gone', properties: [{ name: 'A' }] });
      const changed = actionType({ provider: 'Gone', properties: [{ name: 'B' }] });
      const remove = (where: typeof scope) => store.actionTypes.delete(where, type.definition.id, clock.at);
      await store.actionTypes.insert(scope, type, {}, clock.at);
      expect(await remove(foreign)).toBe(false);
      expect(await remove(scope)).toBe(true);
      expect(await remove(scope)).toBe(false);
      expect(await find(scope, type)).toBeUndefined();
      expect(await keys(scope)).not.toContain('Build/Custom/Gone/1');
      expect(await store.actionTypes.countCustom(scope)).toBe(catalogue.length);
      await store.actionTypes.insert(scope, changed, {}, clock.at);
      expect(await find(scope, type)).toBeUndefined();
      await store.actionTypes.insert(scope, type, {}, clock.at);
      expect(await find(scope, type)).toEqual(type);
    });
  });

  describe('built-in types', () => {
    test('are visible in every account and Region, and count for none', async () => {
      await bench.store.actionTypes.replaceBuiltIn([s3, deploy]);
      for (const where of [scope, foreign, elsewhere]) {
        expect(await find(where, s3)).toEqual(s3);
        expect(await keys(where, { owner: 'AWS' })).toEqual(['Deploy/AWS/S3/1', 'Source/AWS/S3/1']);
      }
      expect(await bench.store.actionTypes.countCustom(scope)).toBe(catalogue.length);
    });

    test('are replaced as a whole, and custom ones stay', async () => {
      await bench.store.actionTypes.replaceBuiltIn([s3, deploy]);
      await bench.store.actionTypes.replaceBuiltIn([{ ...deploy, timeoutMs: 7 }]);
      expect(await find(scope, s3)).toBeUndefined();
      expect((await find(scope, deploy))?.timeoutMs).toBe(7);
      expect(await bench.store.actionTypes.countCustom(scope)).toBe(catalogue.length);
    });
  });

  describe('the list', () => {
    test('is in the order of the bytes of the keys, in pages, by owner', async () => {
      await bench.store.actionTypes.replaceBuiltIn([s3, deploy]);
      for (const provider of ['a', 'Z', '_', '0', '-']) {
        await bench.store.actionTypes.insert(scope, actionType({ category: 'Test', provider }), {}, bench.clock.at);
      }
      const custom = [
        ...catalogue.map(({ definition }) => actionTypeKey(definition.id)),
        ...['-', '0', 'Z', '_', 'a'].map((provider) => `Test/Custom/${provider}/1`),
      ].sort();
      expect(await keys(scope, { owner: 'Custom' })).toEqual(custom);
      const all = await keys(scope);
      expect(all).toEqual([...custom, 'Deploy/AWS/S3/1', 'Source/AWS/S3/1'].sort());
      const paged: string[] = [];
      for (let afterKey = ''; paged.length < all.length; afterKey = paged.at(-1) ?? '') {
        paged.push(...(await keys(scope, { afterKey, limit: 3 })));
      }
      expect(paged).toEqual(all);
      expect(await keys(scope, { owner: 'ThirdParty' })).toEqual([]);
    });
  });

  describe('settings', () => {
    test('keep their first value', async () => {
      expect(await bench.store.keepSetting('account', '1')).toBe('1');
      expect(await bench.store.keepSetting('account', '2')).toBe('1');
      expect(await bench.store.keepSetting('Account', '3')).toBe('3');
    });

    test('of many concurrent first values one stays, and all return it', async () => {
      const values = Array.from({ length: 10 }, (_, index) => String(index));
      const kept = await Promise.all(values.map((value) => bench.store.keepSetting('key', value)));
      expect(new Set(kept).size).toBe(1);
      expect(await bench.store.keepSetting('key', 'late')).toBe(kept[0]);
    });
  });
}
