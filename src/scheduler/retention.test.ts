import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { RetentionRows, Store } from '../store/store.ts';
import { createRetention } from './retention.ts';

const hourMs = 60 * 60 * 1000;
const keepMs = 1000;

/** Rows in memory: executions by their end, and what is recorded for removal. Whatever happens is told in order. */
function createRows(ends: number[], broken: { prune?: string; artifact?: string } = {}) {
  const told: string[] = [];
  let executions = ends.map((endedAt, index) => ({ id: `e${index + 1}`, endedAt, sequence: index + 1 }));
  let recorded: { sequence: number; key: string }[] = [];
  let records = 0;
  let pipelines = 1;
  const rows: RetentionRows = {
    ended: async ({ endedBefore, after, limit }) =>
      executions.filter((one) => one.endedAt < endedBefore && one.sequence > (after?.sequence ?? 0)).slice(0, limit),
    prune: async (id) => {
      told.push(`prune ${id}`);
      if (id === broken.prune) throw new Error('no');
      executions = executions.filter((one) => one.id !== id);
      records += 1;
      recorded.push({ sequence: records, key: `of ${id}` });
      return 'pruned';
    },
    prunePipelines: async (deletedBefore) => {
      told.push(`pipelines ${deletedBefore}`);
      pipelines -= 1;
      return pipelines >= 0;
    },
    removals: async ({ after, limit }) =>
      recorded
        .filter(({ sequence }) => sequence > after)
        .slice(0, limit)
        .map((one) => ({ ...one, account: 'a', bucket: 'b', startedAt: 0, endedAt: 0 })),
    forgetRemoval: async (sequence) => {
      told.push(`forget ${sequence}`);
      recorded = recorded.filter((one) => one.sequence !== sequence);
    },
  };
  const removeArtifact = async ({ key }: { key: string }) => {
    told.push(`remove ${key}`);
    if (key === broken.artifact) throw new Error('disk');
  };
  const store = { retention: rows } as unknown as Store;
  return { told, broken, parts: { store, removeArtifact, log: pino({ level: 'silent' }) } };
}

test('rows go first and leave a record, then the objects, then the record: killed anywhere, the next start goes on', async () => {
  const { told, parts } = createRows([10, 5000]);
  await createRetention({ ...parts, keepMs })(2000);
  expect(told).toEqual(['prune e1', 'remove of e1', 'forget 1', 'pipelines 1000']);
});

test('a server that is started anew goes on with the artifacts that an earlier one had recorded', async () => {
  const { told, broken, parts } = createRows([10]);
  broken.artifact = 'of e1';
  await expect(createRetention({ ...parts, keepMs })(2000)).rejects.toThrow('could not be removed');
  told.length = 0;
  broken.artifact = undefined;
  await createRetention({ ...parts, keepMs })(2000);
  expect(told.slice(0, 2)).toEqual(['remove of e1', 'forget 1']);
});

test('what cannot be removed stops nothing else, keeps its record and is tried again in the next pass', async () => {
  const { told, broken, parts } = createRows([10, 11, 12], { prune: 'e1', artifact: 'of e2' });
  const runOnce = createRetention({ ...parts, keepMs });
  await expect(runOnce(2000)).rejects.toThrow('could not be removed');
  expect(told).toEqual([
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
  told.length = 0;
  await runOnce(2100);
  expect(told).toEqual(['pipelines 1100']);
  await runOnce(2100 + hourMs);
  expect(told.slice(1)).toEqual([
    'prune e1',
    'remove of e2',
    'forget 1',
    'remove of e1',
    'forget 3',
    `pipelines ${1100 + hourMs}`,
  ]);
});

test('a long standstill is worked off a hundred at a time, with a pause; then an hour passes', async () => {
  const { told, parts } = createRows(Array.from({ length: 250 }, (_, index) => index));
  const runOnce = createRetention({ ...parts, keepMs });
  const pruned = () => told.filter((step) => step.startsWith('prune')).length;
  expect(await runOnce(2000)).toBe(2100);
  expect(pruned()).toBe(100);
  expect(await runOnce(2100)).toBe(2200);
  expect(await runOnce(2200)).toBe(2200 + hourMs);
  expect(pruned()).toBe(250);
  expect(told.filter((step) => step.startsWith('forget'))).toHaveLength(250);
  told.length = 0;
  expect(await runOnce(5000)).toBe(2200 + hourMs);
  expect(told).toEqual([]);
});

test('with nothing too old but what was recorded before, only that goes', async () => {
  const { told, parts } = createRows([10]);
  await createRetention({ ...parts, keepMs })(500);
  expect(told).toEqual(['pipelines -500']);
  await parts.store.retention.prune('e1', 0);
  told.length = 0;
  await createRetention(parts)(5000);
  expect(told).toEqual(['remove of e1', 'forget 1']);
});

test('while the clock is not believed nothing is removed, and once it is the next round does it', async () => {
  const { told, parts } = createRows([10]);
  let isSteady = false;
  const runOnce = createRetention({ ...parts, keepMs, isClockSteady: () => isSteady });
  expect(await runOnce(400_000)).toBe(400_000 + hourMs);
  expect(told).toEqual([]);
  isSteady = true;
  await runOnce(2000);
  expect(told).toContain('prune e1');
});
