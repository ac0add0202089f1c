import { expect, it } from 'vitest';
import { createWantedEvents } from './wanted-events.ts';

const scope = { account: '123456789012', region: 'eu-west-1' };
const announcement = {
  ...scope,
  at: Date.parse('2026-02-03T04:05:06.789Z'),
  source: 'aws.s3',
  'detail-type': 'Object Created',
  resources: [],
  detail: { bucket: { name: 'in' } },
};

function setUp() {
  const state = { patterns: [] as string[], reads: 0, at: 0, changed: () => {}, isAway: false };
  const wanted = createWantedEvents({
    async listPatterns() {
      state.reads += 1;
      if (state.isAway) throw new Error('away');
      return state.patterns.map((eventPattern) => ({ ...scope, eventPattern }));
    },
    onChange(listener) {
      state.changed = listener;
    },
    now: () => state.at,
    maxAgeMs: 1000,
  });
  return { state, wanted };
}

it('selects the events that some rule of their account and Region wants', async () => {
  const { state, wanted } = setUp();
  state.patterns = ['{"source":["aws.ec2"]}', '{"detail":{"bucket":{"name":["in"]}},"time":["2026-02-03T04:05:06Z"]}'];
  const others = [
    { ...announcement, detail: { bucket: { name: 'out' } } },
    { ...announcement, region: 'us-east-1' },
  ];
  expect(await wanted.select([announcement, ...others])).toEqual([announcement]);
  expect(await wanted.whereWanted({ source: 'aws.s3' })).toEqual([scope]);
  expect(await wanted.whereWanted({ source: 'aws.s3', detail: { bucket: { name: 'out' } } })).toEqual([]);
  expect(state.reads).toBe(1);
});

it('reads the patterns again when they have changed, and when they are old', async () => {
  const { state, wanted } = setUp();
  expect(await wanted.select([announcement])).toEqual([]);
  state.patterns = ['{"source":["aws.s3"]}'];
  expect(await wanted.select([announcement])).toEqual([]);
  state.changed();
  expect(await wanted.select([announcement])).toEqual([announcement]);
  state.patterns = [];
  state.at = 1001;
  expect(await wanted.select([announcement])).toEqual([]);
});

it('does not keep a failed read', async () => {
  const { state, wanted } = setUp();
  state.isAway = true;
  await expect(wanted.select([announcement])).rejects.toThrow('away');
  state.isAway = false;
  state.patterns = ['{"source":["aws.s3"]}'];
  expect(await wanted.select([announcement])).toEqual([announcement]);
});
