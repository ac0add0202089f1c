import { expect, test } from 'vitest';
import type { EventRule, RuleTarget } from '../../src/model/event-rule.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const elsewhere = { ...scope, region: 'eu-west-1' };
const arn = `arn:aws:codepipeline:${scope.region}:${scope.account}:shop`;
const target = (Id: string, Arn = arn): RuleTarget => ({ Id, Arn, RoleArn: 'arn:aws:iam::123456789012:role/r' });

/** Rules of the default event bus, their targets and schedules. */
export function eventRuleCases(open: OpenStore): void {
  const bench = useBench(open);
  const put = (rule: Partial<EventRule> & { name: string }, { limit = 9, in: where = scope, tags = {} } = {}) =>
    bench.store.eventRules.put(where, {
      rule: { state: 'ENABLED', ...rule },
      tags,
      at: bench.clock.at,
      limit,
    });
  const putTargets = (rule: string, targets: RuleTarget[], limit = 5) =>
    bench.store.eventRules.putTargets(scope, rule, { targets, limit, at: bench.clock.at });
  const listTargets = async (rule: string, afterId = '') =>
    (await bench.store.eventRules.listTargets(scope, rule, { afterId, limit: 9 })).map(({ Id }) => Id);
  const names = async (page = {}) =>
    (await bench.store.eventRules.list(scope, { prefix: '', afterName: '', limit: 9, ...page })).map(
      ({ name }) => name,
    );

  test('is stored in its account and Region, and replaced as a whole', async () => {
    const eventPattern = '{"source":["aws.s3"]}';
    await put({ name: 'r', description: 'why', eventPattern, roleArn: 'arn:aws:iam::123456789012:role/r' });
    await bench.reopen();
    expect(await bench.store.eventRules.find(scope, 'r')).toEqual({
      name: 'r',
      description: 'why',
      eventPattern,
      roleArn: 'arn:aws:iam::123456789012:role/r',
      state: 'ENABLED',
    });
    await put({ name: 'r', scheduleExpression: 'rate(1 hour)', state: 'DISABLED' });
    expect(await bench.store.eventRules.find(scope, 'r')).toEqual({
      name: 'r',
      scheduleExpression: 'rate(1 hour)',
      state: 'DISABLED',
    });
    expect(await bench.store.eventRules.find(elsewhere, 'r')).toBeUndefined();
  });

  test('is listed in pages by name, with a prefix', async () => {
    for (const name of ['b', 'a-2', 'a-1', 'B', 'a_']) await put({ name });
    await put({ name: 'other' }, { in: elsewhere });
    expect(await names()).toEqual(['B', 'a-1', 'a-2', 'a_', 'b']);
    expect(await names({ prefix: 'a-' })).toEqual(['a-1', 'a-2']);
    expect(await names({ prefix: 'a_' })).toEqual(['a_']);
    expect(await names({ afterName: 'a-2', limit: 1 })).toEqual(['a_']);
  });

  test('is refused beyond the limit, also from several nodes at once, but can be replaced', async () => {
    expect(await put({ name: 'a' }, { limit: 2 })).toBe(true);
    const other = (await bench.another()).store;
    const rule = (name: string) => ({ rule: { name, state: 'ENABLED' as const }, tags: {}, at: 1, limit: 2 });
    const stored = await Promise.all([
      bench.store.eventRules.put(scope, rule('b')),
      other.eventRules.put(scope, rule('c')),
    ]);
    expect(stored.filter((isStored) => isStored)).toHaveLength(1);
    expect(await put({ name: 'a', state: 'DISABLED' }, { limit: 2 })).toBe(true);
  });

  test('has tags, which only its creation sets', async () => {
    await put({ name: 'r' }, { tags: { a: '1' } });
    await put({ name: 'r' }, { tags: { b: '2' } });
    const tagged = { kind: 'eventRule', name: 'r' } as const;
    expect(await bench.store.tags.find(scope, tagged)).toEqual({ a: '1' });
    expect(await bench.store.tags.change(scope, tagged, (tags) => ({ ...tags, c: '3' }))).toBe(true);
    expect(await bench.store.tags.find(scope, tagged)).toEqual({ a: '1', c: '3' });
    expect(await bench.store.tags.find(elsewhere, tagged)).toBeUndefined();
  });

  test('has targets by id, all or none of them stored', async () => {
    expect(await bench.store.eventRules.hasTargets()).toBe(false);
    expect(await putTargets('r', [target('a')])).toBe('no rule');
    await put({ name: 'r' });
    expect(await putTargets('r', [target('b'), target('a')])).toBe('stored');
    expect(await putTargets('r', [target('a', `${arn}2`), target('c')], 3)).toBe('stored');
    expect(await putTargets('r', [target('a', `${arn}3`), target('d')], 3)).toBe('full');
    expect(await bench.store.eventRules.listTargets(scope, 'r', { afterId: '', limit: 1 })).toEqual([
      target('a', `${arn}2`),
    ]);
    expect(await listTargets('r', 'a')).toEqual(['b', 'c']);
    expect(await bench.store.eventRules.hasTargets()).toBe(true);
    expect(await bench.store.eventRules.removeTargets(scope, 'r', ['a', 'x', 'a'])).toEqual(['x']);
    expect(await listTargets('r')).toEqual(['b', 'c']);
    expect(await bench.store.eventRules.removeTargets(scope, 'nosuch', ['a'])).toBeUndefined();
  });

  test('is found by the ARNs of its targets', async () => {
    for (const name of ['a', 'b', 'c']) {
      await put({ name });
      await putTargets(name, [target('t'), target('u')]);
    }
    await putTargets('b', [target('t', 'arn:other'), target('u', 'arn:other')]);
    const { rulesOfTarget } = bench.store.eventRules;
    expect(await rulesOfTarget(scope, arn, { afterName: '', limit: 9 })).toEqual(['a', 'c']);
    expect(await rulesOfTarget(scope, arn, { afterName: 'a', limit: 9 })).toEqual(['c']);
    expect(await rulesOfTarget(elsewhere, arn, { afterName: '', limit: 9 })).toEqual([]);
  });

  test('is deleted when it has no targets', async () => {
    await put({ name: 'r' });
    await putTargets('r', [target('t')]);
    expect(await bench.store.eventRules.delete(scope, 'r')).toBe('has targets');
    await bench.store.eventRules.removeTargets(scope, 'r', ['t']);
    expect(await bench.store.eventRules.delete(elsewhere, 'r')).toBe('missing');
    expect(await bench.store.eventRules.delete(scope, 'r')).toBe('deleted');
    expect(await bench.store.eventRules.delete(scope, 'r')).toBe('missing');
  });

  test('that is deleted while it gets a target keeps neither or both', async () => {
    const other = (await bench.another()).store;
    for (let round = 0; round < 5; round += 1) {
      await put({ name: 'r' });
      const [deleted, stored] = await Promise.all([
        other.eventRules.delete(scope, 'r'),
        putTargets('r', [target('t')]),
      ]);
      expect([deleted, stored]).toEqual(deleted === 'deleted' ? ['deleted', 'no rule'] : ['has targets', 'stored']);
      await bench.store.eventRules.removeTargets(scope, 'r', ['t']);
    }
  });

  test('with a pattern is listed with its targets while it is enabled', async () => {
    const eventPattern = '{"source":["aws.s3"]}';
    await put({ name: 'r', eventPattern });
    await put({ name: 'lonely', eventPattern });
    await put({ name: 'timed', scheduleExpression: 'rate(1 hour)' });
    await putTargets('r', [target('a'), target('b')]);
    await putTargets('timed', [target('a')]);
    bench.clock.pass(10);
    await putTargets('r', [target('a')]);
    const { listPatternTargets, listPatterns, setState } = bench.store.eventRules;
    const createdAt = bench.clock.at - 10;
    expect(await listPatternTargets(scope)).toEqual([
      { rule: 'r', targetId: 'a', eventPattern, createdAt },
      { rule: 'r', targetId: 'b', eventPattern, createdAt },
    ]);
    expect(await listPatterns()).toEqual([{ ...scope, eventPattern }]);
    expect(await setState(scope, 'r', { state: 'DISABLED', at: bench.clock.at })).toBe(true);
    expect(await listPatternTargets(scope)).toEqual([]);
    expect(await listPatterns()).toEqual([]);
    expect(await setState(scope, 'nosuch', { state: 'ENABLED', at: bench.clock.at })).toBe(false);
  });

  test('with a schedule makes work due, and is carried out once', async () => {
    const start = bench.clock.at;
    await put({ name: 'r', scheduleExpression: 'rate(1 hour)' });
    const claim = { kind: 'schedule', at: start, latestAt: start + 1e9, leaseUntil: start + 1, limit: 9 };
    const [work] = await bench.store.dueWork.claim(claim);
    const found = await bench.store.eventRules.findScheduled(work?.key ?? '');
    expect(found).toMatchObject({ ...scope, name: 'r', scheduledFrom: start, scheduledUntil: start });
    if (!found) throw new Error('expected a schedule');
    const announcement = {
      ...scope,
      at: start + 1,
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: ['arn:r'],
      detail: {},
    };
    const carryOut = () => bench.store.eventRules.carryOut(found, { until: start + 5, announcement });
    expect(await Promise.all([carryOut(), carryOut(), carryOut()])).toEqual(
      expect.arrayContaining([true, false, false]),
    );
    const { events } = await bench.store.events.read({ limit: 9 });
    expect(events).toMatchObject([{ kind: 'announced', announcement }]);
    expect(await bench.store.eventRules.findScheduled(work?.key ?? '')).toMatchObject({ scheduledUntil: start + 5 });
  });

  test('begins its schedule anew when that changes or it is enabled again', async () => {
    const key = JSON.stringify([scope.account, scope.region, 'r']);
    const from = async () => (await bench.store.eventRules.findScheduled(key))?.scheduledFrom;
    const start = bench.clock.at;
    await put({ name: 'r', scheduleExpression: 'rate(1 hour)' });
    bench.clock.pass(10);
    await put({ name: 'r', scheduleExpression: 'rate(1 hour)', description: 'same' });
    expect(await from()).toBe(start);
    await put({ name: 'r', scheduleExpression: 'rate(2 hours)' });
    expect(await from()).toBe(start + 10);
    const { setState } = bench.store.eventRules;
    await setState(scope, 'r', { state: 'DISABLED', at: bench.clock.at });
    expect(await from()).toBeUndefined();
    bench.clock.pass(10);
    await setState(scope, 'r', { state: 'ENABLED', at: bench.clock.at });
    expect(await from()).toBe(start + 20);
    bench.clock.pass(10);
    await setState(scope, 'r', { state: 'ENABLED', at: bench.clock.at });
    expect(await from()).toBe(start + 20);
  });
}
