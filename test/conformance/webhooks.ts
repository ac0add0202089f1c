import { beforeEach, describe, expect, test } from 'vitest';
import { startByWebhook } from '../../src/engine/events/start-by-webhook.ts';
import { deliveryMemoryMs, type Webhook } from '../../src/model/sources/webhook.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';
import { bytewise } from './pipelines.ts';

/** Webhooks by name, and their events. */
export function webhookCases(open: OpenStore): void {
  const bench = useBench(open);
  const foreign = { account: '210987654321', region: scope.region };
  const elsewhere = { account: scope.account, region: 'eu-west-1' };
  const hook = (name = 'Hook', members: Partial<Webhook> = {}): Webhook => ({
    id: `id of ${name}`,
    ...scope,
    definition: {
      name,
      targetPipeline: 'Mill',
      targetAction: 'Fetch',
      filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{Branch}' }],
      authentication: 'GITHUB_HMAC',
      authenticationConfiguration: { SecretToken: { sealed: 's1' } },
    },
    createdAt: bench.clock.at,
    updatedAt: bench.clock.at,
    ...members,
  });
  const put = (webhook: Webhook, tags?: Record<string, string>, limit = 99) =>
    bench.store.webhooks.put(webhook, tags, limit);
  const find = (name = 'Hook') => bench.store.webhooks.find(scope, name);

  describe('a webhook', () => {
    test('is found unchanged by its name and by its id, in its account and Region', async () => {
      const webhook = hook();
      const listed = { ...webhook, tags: { Team: 'a' } };
      expect(await put(webhook, { Team: 'a' })).toEqual(listed);
      await bench.reopen();
      expect(await find()).toEqual(listed);
      expect(await bench.store.webhooks.findById(webhook.id)).toEqual(listed);
      for (const where of [foreign, elsewhere]) {
        expect(await bench.store.webhooks.find(where, 'Hook')).toBeUndefined();
        expect(await bench.store.webhooks.list(where, { afterName: '', limit: 9 })).toEqual([]);
        expect(await bench.store.webhooks.delete(where, 'Hook')).toBe(false);
      }
      expect(await bench.store.webhooks.findById('Hook')).toBeUndefined();
      expect(await find('hook')).toBeUndefined();
    });

    test('that is put again keeps its id and, without tags, its tags (clients 20)', async () => {
      await put(hook(), { Team: 'a' });
      const first = await find();
      bench.clock.pass(10);
      const definition = { ...hook().definition, filters: [] };
      await put(hook('Hook', { id: 'another', definition }));
      expect(await find()).toEqual({ ...first, definition, updatedAt: bench.clock.at });
      await put(hook('Hook', { id: 'another' }), {});
      expect((await find())?.tags).toEqual({});
      expect(await bench.store.webhooks.findById('another')).toBeUndefined();
    });

    test('that is repeated stays unchanged, including its last error', async () => {
      await put(hook(), { Team: 'a' });
      await bench.store.webhooks.recordError('id of Hook', { code: 'Late', message: 'no' });
      const first = await find();
      bench.clock.pass(10);
      const again = hook('Hook', { id: 'another', definition: { ...hook().definition, filters: [] } });
      const seen: unknown[] = [];
      const isRepeat = (kept: unknown) => seen.push(kept) > 0;
      expect(await bench.store.webhooks.put(again, {}, 99, isRepeat)).toEqual(first);
      expect(await find()).toEqual(first);
      expect(seen).toEqual([first]);
      await bench.store.webhooks.put(hook('Other'), {}, 99, isRepeat);
      expect(await find('Other')).toBeDefined();
    });

    test('that is put concurrently is created once, and all callers get its id', async () => {
      const puts = Array.from({ length: 6 }, (_, index) => put(hook('Hook', { id: `id-${index}` })));
      const ids = (await Promise.all(puts)).map((kept) => (kept === 'full' ? kept : kept.id));
      expect(new Set(ids).size).toBe(1);
      expect((await find())?.id).toBe(ids[0]);
    });

    test('that is deleted is gone with its id', async () => {
      await put(hook());
      expect(await bench.store.webhooks.delete(scope, 'Hook')).toBe(true);
      expect(await bench.store.webhooks.delete(scope, 'Hook')).toBe(false);
      expect(await find()).toBeUndefined();
      expect(await bench.store.webhooks.findById('id of Hook')).toBeUndefined();
    });
  });

  test('more than the limit are rejected in each account and Region; existing ones can be changed', async () => {
    await put(hook('a'), {}, 2);
    await put(hook('b'), {}, 2);
    expect(await put(hook('c'), {}, 2)).toBe('full');
    expect(await put(hook('c', { ...foreign, id: 'f' }), {}, 2)).not.toBe('full');
    expect(await put(hook('b'), { Team: 'b' }, 2)).toMatchObject({ tags: { Team: 'b' } });
    await bench.store.webhooks.delete(scope, 'a');
    expect(await put(hook('c'), {}, 2)).not.toBe('full');
  });

  test('the list is ordered by the bytes of the names, in pages', async () => {
    for (const name of [...bytewise].reverse()) await put(hook(name));
    const names: string[] = [];
    for (;;) {
      const page = await bench.store.webhooks.list(scope, { afterName: names.at(-1) ?? '', limit: 4 });
      if (page.length === 0) break;
      names.push(...page.map(({ definition }) => definition.name));
    }
    expect(names).toEqual(bytewise);
  });

  describe('an event (behaviour C.13)', () => {
    let pipelineId: string;
    beforeEach(async () => {
      pipelineId = (await bench.create()).id;
      await put(hook());
    });
    const receive = (keys: string[], memoryMs = 1000, webhookId = 'id of Hook') => {
      const sinceAt = bench.clock.at - memoryMs;
      const webhook = { webhookId, deliveries: keys.map((key) => ({ key, sinceAt })) };
      const start = { webhookId, webhookArn: 'arn', targetAction: 'Fetch', deliveries: keys };
      return bench.store.advance({ kind: 'pipeline', scope, name: 'Mill', webhook }, (snapshot, moment) =>
        startByWebhook(snapshot, start, moment),
      );
    };
    const started = async () => (await bench.store.executions.list(pipelineId, { limit: 99 })).length - 1;

    test('starts an execution, and the webhook has the time', async () => {
      expect((await find())?.lastTriggeredAt).toBeUndefined();
      const { executionId } = await receive(['1']);
      const triggeredAt = bench.clock.at;
      bench.clock.pass(10);
      await bench.reopen();
      expect(await bench.store.executions.find(pipelineId, executionId)).toMatchObject({
        trigger: { triggerType: 'Webhook', triggerDetail: 'arn' },
      });
      await put(hook());
      expect(await find()).toMatchObject({ lastTriggeredAt: triggeredAt });
    });

    test('that is repeated under any of its keys starts nothing, also after a restart', async () => {
      const { executionId } = await receive(['delivery', 'body']);
      await bench.reopen();
      for (const keys of [['delivery', 'body'], ['body'], ['other', 'delivery']]) {
        expect(await receive(keys)).toEqual({ executionId, isRepeated: true });
      }
      expect(await started()).toBe(1);
    });

    test('that arrives many times concurrently starts one execution', async () => {
      const receipts = await Promise.all(Array.from({ length: 8 }, () => receive(['1'])));
      expect(new Set(receipts.map(({ executionId }) => executionId)).size).toBe(1);
      expect(receipts.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1);
      expect(await started()).toBe(1);
    });

    test('is remembered to the last millisecond', async () => {
      await receive(['1']);
      bench.clock.pass(1000);
      expect(await receive(['1'])).toMatchObject({ isRepeated: true });
      bench.clock.pass(1);
      expect(await receive(['1'])).toMatchObject({ isRepeated: false });
      bench.clock.pass(1000);
      expect(await receive(['1'])).toMatchObject({ isRepeated: true });
    });

    test('is deleted by the first later event that starts something', async () => {
      await receive(['1']);
      bench.clock.pass(deliveryMemoryMs + 1);
      await receive(['2']);
      expect(await receive(['1'], 10 * deliveryMemoryMs)).toMatchObject({ isRepeated: false });
    });

    test('without keys always starts an execution', async () => {
      await receive([]);
      await receive([]);
      expect(await started()).toBe(2);
    });

    test('of another webhook is another event, even of its successor', async () => {
      await receive(['1']);
      await put(hook('Other'));
      expect(await receive(['1'], 1000, 'id of Other')).toMatchObject({ isRepeated: false });
      await bench.store.webhooks.delete(scope, 'Hook');
      await expect(receive(['1'])).rejects.toMatchObject({ code: 'WebhookNotFoundException' });
      await put(hook());
      expect(await receive(['1'])).toMatchObject({ isRepeated: false });
      expect(await started()).toBe(3);
    });

    test('that failed leaves its error until one succeeds or the webhook is put again', async () => {
      const error = { code: '404', message: 'The pipeline is gone.' };
      const record = () => bench.store.webhooks.recordError('id of Hook', error);
      await record();
      await bench.reopen();
      expect(await find()).toMatchObject({ error });
      await receive(['1']);
      expect((await find())?.error).toBeUndefined();
      await record();
      await put(hook());
      expect((await find())?.error).toBeUndefined();
      await bench.store.webhooks.recordError('nobody', error);
    });
  });
}
