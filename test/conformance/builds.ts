import { describe, expect, test } from 'vitest';
import type { BuildOrder } from '../../src/model/build.ts';
import { buildOrder, buildOutcome } from '../support/builds/build-order.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { leaseMs, type OpenStore, useBench } from './bench.ts';

const hourMs = 60 * 60_000;

/** Builds: created once, claimed by one runner at a time, ended once. */
export function buildCases(open: OpenStore): void {
  const bench = useBench(open);
  const create = (uuid: string, members: Partial<BuildOrder> = {}, owner = scope) =>
    bench.store.builds.create(owner, uuid, buildOrder(members), bench.clock.at);
  const claim = (request: Partial<Parameters<typeof bench.store.builds.claim>[0]> = {}, { builds } = bench.store) => {
    const { at } = bench.clock;
    return builds.claim({
      account: scope.account,
      runner: 'r1',
      limit: 9,
      at,
      leaseUntil: at + leaseMs,
      ...request,
    });
  };
  const claimOne = async () => {
    const [build, ...others] = await claim();
    if (!build || others.length > 0) throw new Error('expected one build');
    return build;
  };
  const find = (id: string) => bench.store.builds.find(scope, id);
  const statusOf = async (id: string) => (await find(id))?.status;
  const endAll = async () => {
    const { at } = bench.clock;
    for (const build of await bench.store.builds.overdue(at, 99)) await bench.store.builds.endOverdue(build, at);
  };

  test('is refused if more of its project would be open than may be', async () => {
    const { builds } = bench.store;
    const start = (uuid: string) => builds.create(scope, uuid, buildOrder(), bench.clock.at, 2);
    await create('1');
    const started = await Promise.allSettled(['2', '3', '4'].map(start));
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = { code: 'AccountLimitExceededException' };
    await expect(start('5')).rejects.toMatchObject(refused);
    expect(await find('mill:5')).toBeUndefined();
    await builds.requestStop(scope, 'mill:1', bench.clock.at);
    expect(await start('5')).toMatchObject({ id: 'mill:5', number: 3 });
  });

  test('is created once for an id, and numbered by its project and scope', async () => {
    const first = await create('1');
    expect(first).toMatchObject({ id: 'mill:1', number: 1, status: 'IN_PROGRESS', order: buildOrder(), attempts: 0 });
    expect(first.currentPhase).toBe('QUEUED');
    bench.clock.pass(5);
    expect(await create('1', { initiator: 'another' })).toEqual(first);
    expect(await create('2')).toMatchObject({ number: 2 });
    expect(await create('1', { projectName: 'barn' })).toMatchObject({ id: 'barn:1', number: 1 });
    expect(await create('1', {}, { ...scope, region: 'eu-west-1' })).toMatchObject({ number: 1 });
    await bench.reopen();
    expect(await find('mill:1')).toEqual(first);
    const nodes = [bench.store, (await bench.another()).store];
    const both = await Promise.all(nodes.map(({ builds }) => builds.create(scope, '3', buildOrder(), bench.clock.at)));
    expect(both[0]).toEqual(both[1]);
  });

  test('is claimed by one runner, oldest first, in all Regions of the account', async () => {
    const uuids = ['a', 'b', 'c', 'd', 'e'];
    for (const uuid of uuids) await create(uuid, {}, uuid === 'c' ? { ...scope, region: 'eu-west-1' } : scope);
    await create('x', {}, { ...scope, account: '999999999999' });
    expect(await claim({ limit: 1 })).toMatchObject([{ id: 'mill:a', attempts: 1, runner: 'r1' }]);
    const nodes = [bench.store, (await bench.another()).store, (await bench.another()).store];
    const claimed = (await Promise.all(nodes.map((node) => claim({ limit: 2 }, node)))).flat();
    expect(claimed.map(({ id }) => id).sort()).toEqual(['mill:b', 'mill:c', 'mill:d', 'mill:e']);
    expect(claimed.find(({ id }) => id === 'mill:c')?.scope.region).toBe('eu-west-1');
  });

  test('that needs a cage is left to runners that have it', async () => {
    await create('plain');
    await create('caged', { cage: 'container' });
    await create('other', { cage: 'process' });
    const ids = async (cages: ('container' | 'process')[]) => (await claim({ cages })).map(({ order }) => order.cage);
    expect(await ids(['container'])).toEqual([undefined, 'container']);
    expect(await ids(['container'])).toEqual([]);
    expect((await claim()).map(({ id }) => id)).toEqual(['mill:other']);
  });

  test('is offered again when its lease ends, and the first runner can write no more', async () => {
    await create('1');
    const first = await claimOne();
    expect(await bench.store.builds.count(bench.clock.at)).toEqual({ waiting: 0, running: 1 });
    bench.clock.pass(leaseMs - 1);
    expect(await bench.store.builds.renew(first, bench.clock.at + leaseMs)).toEqual({ stopRequested: false });
    expect(await bench.store.builds.nextOffer(scope.account)).toBe(bench.clock.at + leaseMs);
    bench.clock.pass(leaseMs - 1);
    expect(await claim()).toEqual([]);
    bench.clock.pass(1);
    const waiting = { waiting: 1, running: 0, oldestAt: first.startedAt };
    expect(await bench.store.builds.count(bench.clock.at)).toEqual(waiting);
    const second = await claimOne();
    expect(second.attempts).toBe(2);
    expect(await bench.store.jobs.isOpen(first.holder)).toBe(false);
    expect(await bench.store.jobs.isOpen(second.holder)).toBe(true);
    expect(await bench.store.builds.findClaimed(first)).toBeUndefined();
    expect(await bench.store.builds.findClaimed(second)).toEqual(second);
    expect(await bench.store.builds.renew(first, bench.clock.at)).toBeUndefined();
    expect(await bench.store.builds.putPhases(first, [])).toBe(false);
    expect(await bench.store.builds.finish(first, buildOutcome(), bench.clock.at)).toBe(false);
    expect(await bench.store.builds.finish(second, buildOutcome(), bench.clock.at)).toBe(true);
    expect(await bench.store.jobs.isOpen(second.holder)).toBe(false);
  });

  test('that its runner gives back is offered again at once, however often', async () => {
    await create('1');
    for (let attempts = 1; attempts < 6; attempts += 1) {
      const claimed = await claimOne();
      expect(claimed).toMatchObject({ attempts, currentPhase: 'PROVISIONING' });
      expect(await bench.store.builds.release(claimed, bench.clock.at)).toBe(true);
      expect(await bench.store.builds.release(claimed, bench.clock.at)).toBe(false);
      expect(await bench.store.builds.renew(claimed, bench.clock.at + leaseMs)).toBeUndefined();
      await endAll();
      expect(await find('mill:1')).toMatchObject({ currentPhase: 'QUEUED', status: 'IN_PROGRESS' });
    }
  });

  test('ends with what its runner reports, also when the runner repeats that', async () => {
    await create('1');
    bench.clock.pass(10);
    const claimed = await claimOne();
    const { at } = bench.clock;
    expect(claimed.currentPhase).toBe('PROVISIONING');
    await bench.store.builds.putPhases(claimed, [{ type: 'DOWNLOAD_SOURCE', startedAt: at + 1 }]);
    expect(await find('mill:1')).toMatchObject({ currentPhase: 'DOWNLOAD_SOURCE' });
    const failure = { code: 'COMMAND_EXECUTION_ERROR', message: 'no' };
    const outcome = buildOutcome({
      status: 'FAILED',
      phases: [{ type: 'DOWNLOAD_SOURCE', startedAt: at + 1, endedAt: at + 2, status: 'FAILED', failure }],
      exportedVariables: [{ name: 'TAG', value: 'é' }],
      reports: [{ name: 'unit', fileFormat: 'JUNITXML', files: 1, totals: { total: 2 } }],
      artifacts: [{ location: 'b/k', sha256: 'ff' }],
      failure,
    });
    expect(await bench.store.builds.finish(claimed, outcome, at + 3)).toBe(true);
    expect(await bench.store.builds.finish(claimed, buildOutcome(), at + 9)).toBe(true);
    await bench.reopen();
    const { phases, ...others } = outcome;
    expect(await find('mill:1')).toMatchObject({ ...others, endedAt: at + 3, currentPhase: 'COMPLETED' });
    expect((await find('mill:1'))?.phases).toEqual([
      { type: 'SUBMITTED', startedAt: at - 10, endedAt: at - 10, status: 'SUCCEEDED' },
      { type: 'QUEUED', startedAt: at - 10, endedAt: at, status: 'SUCCEEDED' },
      { type: 'PROVISIONING', startedAt: at, endedAt: at + 1, status: 'SUCCEEDED' },
      ...phases,
      { type: 'COMPLETED', startedAt: at + 3 },
    ]);
    expect(await bench.store.builds.renew(claimed, at)).toBeUndefined();
  });

  describe('that is asked to stop', () => {
    const stop = (id = 'mill:1') => bench.store.builds.requestStop(scope, id, bench.clock.at);

    test('ends at once if no runner has it', async () => {
      await create('1');
      expect(await stop()).toMatchObject({ status: 'STOPPED', currentPhase: 'COMPLETED' });
      expect((await find('mill:1'))?.phases[1]).toMatchObject({ type: 'QUEUED', status: 'STOPPED' });
      expect(await claim()).toEqual([]);
      expect(await stop('mill:none')).toBeUndefined();
    });

    test('tells its runner, and keeps the end that the runner reports', async () => {
      await create('1');
      const claimed = await claimOne();
      expect(await stop()).toMatchObject({ status: 'IN_PROGRESS', stopRequestedAt: bench.clock.at });
      expect(await bench.store.builds.renew(claimed, bench.clock.at + leaseMs)).toEqual({ stopRequested: true });
      await bench.store.builds.finish(claimed, buildOutcome({ status: 'STOPPED' }), bench.clock.at);
      const ended = await find('mill:1');
      expect(ended?.status).toBe('STOPPED');
      bench.clock.pass(1);
      expect(await stop()).toEqual(ended);
    });

    test('ends without its runner when the lease ends', async () => {
      await create('1');
      await claimOne();
      await stop();
      expect(await bench.store.builds.nextEnd()).toBe(bench.clock.at + leaseMs);
      bench.clock.pass(leaseMs);
      expect(await claim()).toEqual([]);
      await endAll();
      expect(await statusOf('mill:1')).toBe('STOPPED');
    });
  });

  describe('of a job', () => {
    const createOfJob = async () => {
      await bench.create();
      const { job, executionId } = await bench.claimOne();
      await create('1', { job: { id: job.id, pipelineName: 'Mill', executionId } });
      return job.id;
    };

    test('is to stop when the job has ended', async () => {
      const jobId = await createOfJob();
      const claimed = await claimOne();
      expect(await bench.store.builds.renew(claimed, bench.clock.at + leaseMs)).toEqual({ stopRequested: false });
      await bench.succeed(jobId);
      expect(await bench.store.builds.renew(claimed, bench.clock.at + leaseMs)).toEqual({ stopRequested: true });
      bench.clock.pass(leaseMs);
      expect(await claim()).toEqual([]);
      await endAll();
      expect(await statusOf('mill:1')).toBe('STOPPED');
    });

    test('is not begun any more when the job has ended', async () => {
      const jobId = await createOfJob();
      await bench.succeed(jobId);
      expect(await claim()).toEqual([]);
      await endAll();
      expect(await statusOf('mill:1')).toBe('STOPPED');
    });
  });

  test('ends with FAULT when its runners have disappeared three times', async () => {
    await create('1');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const claimed = await claimOne();
      // No phase is open, so none can have the reason.
      const ended = { startedAt: bench.clock.at, endedAt: bench.clock.at, status: 'SUCCEEDED' as const };
      await bench.store.builds.putPhases(claimed, [{ type: 'DOWNLOAD_SOURCE', ...ended }]);
      await endAll();
      bench.clock.pass(leaseMs);
    }
    expect(await claim()).toEqual([]);
    await endAll();
    const build = await find('mill:1');
    expect(build?.phases.at(-1)).toMatchObject({ type: 'COMPLETED', failure: build?.failure });
    expect(build).toMatchObject({ status: 'FAULT', attempts: 3, failure: { code: 'INTERNAL_ERROR' } });
    expect(build?.failure?.message).toContain('3 times');
    expect(await bench.store.builds.nextEnd()).toBeUndefined();
  });

  test('ends when nobody takes it in time, or its runner does not end it', async () => {
    await create('queued', { queuedTimeoutMs: hourMs });
    expect(await bench.store.builds.nextEnd()).toBe(bench.clock.at + hourMs);
    bench.clock.pass(hourMs);
    await endAll();
    expect(await find('mill:queued')).toMatchObject({ status: 'TIMED_OUT', failure: { code: 'BUILD_TIMED_OUT' } });
    await create('hung', { timeoutMs: hourMs });
    const claimed = await claimOne();
    bench.clock.pass(2 * hourMs - 1);
    await bench.store.builds.renew(claimed, bench.clock.at + leaseMs);
    await endAll();
    expect(await statusOf('mill:hung')).toBe('IN_PROGRESS');
    bench.clock.pass(1);
    await endAll();
    expect(await statusOf('mill:hung')).toBe('TIMED_OUT');
    expect(await bench.store.builds.finish(claimed, buildOutcome(), bench.clock.at)).toBe(false);
  });

  test('is listed by project and in all, in both orders and in pages; Commands only by name', async () => {
    for (const uuid of ['1', '2', '3']) await create(uuid);
    await create('1', { projectName: 'barn' });
    await create('1', { kind: 'Commands', projectName: 'p.s.a' });
    const list = async (page: Partial<Parameters<typeof bench.store.builds.list>[1]>) =>
      (await bench.store.builds.list(scope, { order: 'DESCENDING', limit: 9, ...page })).map(({ id }) => id);
    expect(await list({})).toEqual(['barn:1', 'mill:3', 'mill:2', 'mill:1']);
    expect(await list({ project: 'mill', order: 'ASCENDING', limit: 2 })).toEqual(['mill:1', 'mill:2']);
    const [, second] = await bench.store.builds.list(scope, { project: 'mill', order: 'ASCENDING', limit: 2 });
    expect(await list({ project: 'mill', order: 'ASCENDING', after: second?.sequence })).toEqual(['mill:3']);
    expect(await list({ project: 'p.s.a' })).toEqual(['p.s.a:1']);
    const found = await bench.store.builds.findAll(scope, ['mill:2', 'mill:9', 'mill:2', 'barn:1']);
    expect(found.map(({ id }) => id).sort()).toEqual(['barn:1', 'mill:2']);
  });

  test('keeps the test cases of its reports as long as itself', async () => {
    const { builds } = bench.store;
    const testCases = [
      { report: 'unit', name: 'grinds', status: 'FAILED' as const, durationMs: 5, message: 'no wheat' },
    ];
    for (const uuid of ['1', '2']) {
      await create(uuid);
      expect(await builds.finish(await claimOne(), buildOutcome({ testCases }), bench.clock.at)).toBe(true);
      expect(await builds.testCases(scope, `mill:${uuid}`)).toEqual(testCases);
    }
    expect(await builds.testCases(scope, 'mill:3')).toEqual([]);
    await builds.delete(scope, ['mill:1']);
    expect(await builds.testCases(scope, 'mill:1')).toEqual([]);
    expect(await builds.prune(bench.clock.at + 1, 9)).toBe(1);
    expect(await builds.testCases(scope, 'mill:2')).toEqual([]);
  });

  test('that has ended is deleted or pruned; an open one is not', async () => {
    for (const uuid of ['1', '2', '3']) await create(uuid);
    for (const uuid of ['1', '2']) await bench.store.builds.requestStop(scope, `mill:${uuid}`, bench.clock.at);
    expect(await bench.store.builds.delete(scope, ['mill:1', 'mill:3', 'mill:9'])).toEqual(['mill:1']);
    expect(await bench.store.builds.prune(bench.clock.at, 9)).toBe(0);
    expect(await bench.store.builds.prune(bench.clock.at + 1, 9)).toBe(1);
    expect(await find('mill:2')).toBeUndefined();
    expect(await create('4')).toMatchObject({ number: 4 });
  });
}
