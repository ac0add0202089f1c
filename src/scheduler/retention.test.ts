import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { RetentionRows, Store } from '../store/store.ts';
import { createRetention } from './retention.ts';

const hourMs = 60 * 60 * 1000;
const keepMs = 1000;

/** Creates rows in memory, executions by their end and records of removals, and logs in order what is done to them. */
function createRows(ends: number[], broken: { prune?: string; artifact?: string } = {}) {
  const steps: string[] = [];
  let executions = ends.map((endedAt, index) => ({ id: `e${index + 1}`, endedAt, sequence: index + 1 }));
  let recorded: { sequence: number; key: string }[] = [];
  let records = 0;
  let pipelines = 1;
  const rows: RetentionRows = {
    ended: async ({ endedBefore, after, limit }) =>
      executions.filter((one) => one.endedAt < endedBefore && one.sequence > (after?.sequence ?? 0)).slice(0, limit),
    prune: async (id) => {
      steps.push(`prune ${id}`);
      if (id === broken.prune) throw new Error('no');
      executions = executions.filter((one) => one.id !== id);
      records += 1;
      recorded.push({ sequence: records, key: `of ${id}` });
      return 'pruned';
    },
    prunePipelines: async (deletedBefore) => {
      steps.push(`pipelines ${deletedBefore}`);
      pipelines -= 1;
      return pipelines >= 0;
    },
    removals: async ({ after, limit }) =>
      recorded
        .filter(({ sequence }) => sequence > after)
        .slice(0, limit)
        .map((one) => ({ ...one, account: 'a', bucket: 'b', startedAt: 0, endedAt: 0 })),
    forgetRemoval: async (sequence) => {
      steps.push(`forget ${sequence}`);
      recorded = recorded.filter((one) => one.sequence !== sequence);
    },
  };
  const removeArtifact = async ({ key }: { key: string }) => {
    steps.push(`remove ${key}`);
    if (key === broken.artifact) throw new Error('disk');
  };
  const events = {
    prune: async (before: number) => {
      steps.push(`events ${before}`);
      return false;
    },
  };
  const hookEventsBefore: number[] = [];
  const repositoryHooks = {
    pruneEvents: async (before: number) => {
      hookEventsBefore.push(before);
      return false;
    },
  };
  /** Deliveries that ended long ago. */
  const old = { deliveries: 0 };
  const eventDeliveries = {
    prune: async ({
      deliveredBefore,
      deadBefore,
      limit,
    }: {
      deliveredBefore: number;
      deadBefore: number;
      limit: number;
    }) => {
      const removed = Math.min(old.deliveries, limit);
      old.deliveries -= removed;
      if (removed > 0) steps.push(`${removed} deliveries ${deliveredBefore} ${deadBefore}`);
      return removed;
    },
  };
  let endedBuilds = [10, 20, 5000];
  const builds = {
    prune: async (endedBefore: number) => {
      const kept = endedBuilds.filter((endedAt) => endedAt >= endedBefore);
      const pruned = endedBuilds.length - kept.length;
      endedBuilds = kept;
      return pruned;
    },
  };
  const store = { retention: rows, builds, events, eventDeliveries, repositoryHooks } as unknown as Store;
  return {
    steps,
    broken,
    old,
    hookEventsBefore,
    endedBuilds: () => endedBuilds,
    parts: { store, removeArtifact, removeLog: async () => false, log: pino({ level: 'silent' }) },
  };
}

test('removes rows and leaves a record, then the objects, then the record, so that a restart can continue anywhere', async () => {
  const { steps, parts } = createRows([10, 5000]);
  await createRetention({ ...parts, keepMs })(2000);
  expect(steps).toEqual(['prune e1', 'remove of e1', 'forget 1', 'pipelines 1000']);
});

test('a restarted server removes the artifacts that its predecessor recorded', async () => {
  const { steps, broken, parts } = createRows([10]);
  broken.artifact = 'of e1';
  await expect(createRetention({ ...parts, keepMs })(2000)).rejects.toThrow('could not be removed');
  steps.length = 0;
  broken.artifact = undefined;
  await createRetention({ ...parts, keepMs })(2000);
  expect(steps.slice(0, 2)).toEqual(['remove of e1', 'forget 1']);
});

test('a failed removal stops nothing else, keeps its record and is retried in the next pass', async () => {
  const { steps, broken, parts } = createRows([10, 11, 12], { prune: 'e1', artifact: 'of e2' });
  const runOnce = createRetention({ ...parts, keepMs });
  await expect(runOnce(2000)).rejects.toThrow('could not be removed');
  expect(steps).toEqual([
    'prune e1',
    'prune e2',
    'prune e3',
    'remove of e2',
    'remove of e3',
    'forget 2',
    'pipelines 1000',
  ]);
  broken.prune = undefined;
  broken.artifact = undefined;
  steps.length = 0;
  await runOnce(2100);
  expect(steps).toEqual(['pipelines 1100']);
  await runOnce(2100 + hourMs);
  expect(steps.slice(1)).toEqual([
    'prune e1',
    'remove of e2',
    'forget 1',
    'remove of e1',
    'forget 3',
    `pipelines ${1100 + hourMs}`,
  ]);
});

test('a backlog is worked off a hundred at a time, with pauses; the next pass is an hour later', async () => {
  const { steps, parts } = createRows(Array.from({ length: 250 }, (_, index) => index));
  const runOnce = createRetention({ ...parts, keepMs });
  const pruned = () => steps.filter((step) => step.startsWith('prune')).length;
  expect(await runOnce(2000)).toBe(2100);
  expect(pruned()).toBe(100);
  expect(await runOnce(2100)).toBe(2200);
  expect(await runOnce(2200)).toBe(2200 + hourMs);
  expect(pruned()).toBe(250);
  expect(steps.filter((step) => step.startsWith('forget'))).toHaveLength(250);
  steps.length = 0;
  expect(await runOnce(5000)).toBe(2200 + hourMs);
  expect(steps).toEqual([]);
});

test('recorded artifacts are removed even if no execution is too old', async () => {
  const { steps, parts } = createRows([10]);
  await createRetention({ ...parts, keepMs })(500);
  expect(steps).toEqual(['pipelines -500']);
  await parts.store.retention.prune('e1', 0);
  steps.length = 0;
  await createRetention(parts)(5000);
  expect(steps).toEqual(['remove of e1', 'forget 1']);
});

test('nothing is removed while the clock is not trusted', async () => {
  const { steps, parts } = createRows([10]);
  let isSteady = false;
  const runOnce = createRetention({ ...parts, keepMs, isClockSteady: () => isSteady });
  expect(await runOnce(400_000)).toBe(400_000 + hourMs);
  expect(steps).toEqual([]);
  isSteady = true;
  await runOnce(2000);
  expect(steps).toContain('prune e1');
});

test('events go before the executions that they refer to, and are not kept longer', async () => {
  const { steps, parts } = createRows([10]);
  await createRetention({ ...parts, keepMs, keepEventsMs: 300 })(2000);
  expect(steps.slice(0, 2)).toEqual(['events 1700', 'prune e1']);
  steps.length = 0;
  await createRetention({ ...parts, keepMs, keepEventsMs: 5000 })(2000);
  expect(steps[0]).toBe('events 1000');
  steps.length = 0;
  await createRetention({ ...parts, keepEventsMs: 300 })(2000);
  expect(steps).toEqual(['events 1700']);
});

test('events of hooks are kept as long as executions, and at least as long as they tell repetitions', async () => {
  const { hookEventsBefore, parts } = createRows([]);
  const dayMs = 24 * hourMs;
  await createRetention({ ...parts, keepMs: dayMs })(9 * dayMs);
  await createRetention({ ...parts, keepMs: 5 * dayMs })(9 * dayMs);
  await createRetention(parts)(9 * dayMs);
  expect(hookEventsBefore).toEqual([6 * dayMs, 4 * dayMs]);
});

test('builds are kept as long as executions', async () => {
  const { endedBuilds, parts } = createRows([]);
  await createRetention(parts)(9000);
  expect(endedBuilds()).toEqual([10, 20, 5000]);
  await createRetention({ ...parts, keepMs })(1015);
  expect(endedBuilds()).toEqual([20, 5000]);
});

test('removes deliveries in bounded rounds: those that arrived after 3 days, those that were given up after 30', async () => {
  const { steps, old, parts } = createRows([]);
  old.deliveries = 1500;
  const at = 40 * 24 * hourMs;
  const runOnce = createRetention(parts);
  expect(await runOnce(at)).toBe(at + 100);
  expect(await runOnce(at)).toBe(at + hourMs);
  const before = `deliveries ${37 * 24 * hourMs} ${10 * 24 * hourMs}`;
  expect(steps).toEqual([`1000 ${before}`, `500 ${before}`]);
});
