import { beforeEach, expect, test } from 'vitest';
import { ServiceError } from '../../src/contract/errors.ts';
import { pipelineArn, type TaggedRow } from '../../src/model/arn.ts';
import { buildType, scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';
import { connection, origin } from './connections.ts';

/** Tags of every kind of resource that can have them. */
export function tagCases(open: OpenStore): void {
  const bench = useBench(open);
  const foreign = { account: '210987654321', region: scope.region };
  const elsewhere = { account: scope.account, region: 'eu-west-1' };
  const resources: TaggedRow[] = [
    { kind: 'pipeline', name: 'Mill' },
    { kind: 'webhook', name: 'Hook' },
    { kind: 'actionType', id: buildType.definition.id },
    { kind: 'connection', arn: connection.arn },
    { kind: 'eventRule', name: 'Rule' },
  ];
  beforeEach(async () => {
    await bench.create();
    const at = bench.clock.at;
    const definition = {
      name: 'Hook',
      targetPipeline: 'Mill',
      targetAction: 'Fetch',
      filters: [],
      authentication: 'UNAUTHENTICATED' as const,
      authenticationConfiguration: {},
    };
    await bench.store.connections.create(scope, { ...connection, tags: {}, createdAt: at }, origin);
    const rule = { name: 'Rule', state: 'ENABLED' as const };
    await bench.store.eventRules.put(scope, { rule, tags: {}, at, limit: 9 });
    await bench.store.webhooks.put({ id: 'hook-1', ...scope, definition, createdAt: at, updatedAt: at }, {}, 9);
  });
  const find = (resource: TaggedRow, where = scope) => bench.store.tags.find(where, resource);
  const change = (resource: TaggedRow, tags: Record<string, string>, where = scope) =>
    bench.store.tags.change(where, resource, (present) => ({ ...present, ...tags }));
  const remove = {
    pipeline: () => bench.delete('Mill'),
    webhook: () => bench.store.webhooks.delete(scope, 'Hook'),
    connection: () => bench.store.connections.delete(scope, connection.arn, { at: bench.clock.at, origin }),
    eventRule: async () => (await bench.store.eventRules.delete(scope, 'Rule')) === 'deleted',
    actionType: () => bench.store.actionTypes.delete(scope, buildType.definition.id, bench.clock.at),
  };

  test.each(resources)('$kind: changed from their current value, and stored', async (resource) => {
    expect(await find(resource)).toEqual({});
    expect(await change(resource, { Team: 'a', Größe: '' })).toBe(true);
    expect(await change(resource, { Team: 'b' })).toBe(true);
    await bench.reopen();
    expect(await find(resource)).toEqual({ Team: 'b', Größe: '' });
  });

  test.each(resources)('$kind: only on their resource, and deleted with it', async (resource) => {
    for (const where of [foreign, elsewhere]) {
      expect(await find(resource, where)).toBeUndefined();
      expect(await change(resource, { Team: 'a' }, where)).toBe(false);
    }
    await remove[resource.kind]();
    expect(await find(resource)).toBeUndefined();
    expect(await change(resource, { Team: 'a' })).toBe(false);
  });

  test.each(resources)('$kind: no concurrent change is lost', async (resource) => {
    const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => change(resource, { [key]: 'x' })));
    expect(Object.keys((await find(resource)) ?? {}).sort()).toEqual(keys.sort());
  });

  test.each(resources)('$kind: a refused change writes nothing', async (resource) => {
    await change(resource, { Team: 'a' });
    const refuse = () => {
      throw new ServiceError('TooManyTagsException', pipelineArn(scope, 'Mill'));
    };
    await expect(bench.store.tags.change(scope, resource, refuse)).rejects.toMatchObject({
      code: 'TooManyTagsException',
    });
    expect(await find(resource)).toEqual({ Team: 'a' });
  });
}
