import { describe, expect, test } from 'vitest';
import type { PullRequestEvent } from '../../src/model/sources/source-ref.ts';
import { deliveryMemoryMs } from '../../src/model/sources/webhook.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';
import { hookEvent, hookStepsOn } from './hook-steps.ts';

const elsewhere = { ...scope, region: 'eu-west-1' };

/** What hooks have received. */
export function hookEventCases(open: OpenStore): void {
  const bench = useBench(open);
  const { hooks, ensure, record, events, createPipeline, claim } = hookStepsOn(bench);

  describe('an event', () => {
    test('is stored whole, and asks for the checks of its repository in the same transaction', async () => {
      const key = await createPipeline();
      await ensure('shop');
      const pullRequest: PullRequestEvent = {
        event: 'OPEN',
        id: '7',
        title: 'Größe',
        sourceBranch: 'feature',
        destinationBranch: 'main',
        headCommit: 'c',
      };
      const recorded = await record({ pullRequest });
      expect(recorded).toEqual({ outcome: 'Accepted', message: 'Checked now.', isRepeated: false, isAnnounced: false });
      await bench.reopen();
      const [stored] = await hooks().events(scope, { limit: 9 });
      expect(stored).toEqual({
        ...hookEvent({ pullRequest }),
        repository: 'shop',
        sequence: expect.any(Number),
        receivedAt: bench.clock.at,
        repeats: 0,
        isPending: true,
        results: [],
      });
      expect(await claim()).toBe(key);
    });

    test('that no source action can use says so', async () => {
      await ensure('shop');
      expect(await record()).toMatchObject({
        outcome: 'Accepted',
        message: expect.stringContaining('No source action'),
      });
      expect(await hooks().events(scope, { limit: 9 })).toMatchObject([{ isPending: false, results: [] }]);
    });

    test('is listed with those of its Region, in pages, or with those of one repository', async () => {
      await ensure('shop', 'firmware');
      for (const id of ['1', '2', '3']) await record({ bodyHash: id, deliveryId: id });
      await record({ bodyHash: '4', deliveryId: '4' }, { hook: 'firmware' });
      expect(await events()).toEqual(['4', '3', '2', '1']);
      const [, second] = await hooks().events(scope, { limit: 2 });
      const rest = await hooks().events(scope, { limit: 9, before: second?.sequence });
      expect(rest.map(({ bodyHash }) => bodyHash)).toEqual(['2', '1']);
      const ofOne = await hooks().events(scope, { repository: 'firmware', limit: 9 });
      expect(ofOne.map(({ bodyHash }) => bodyHash)).toEqual(['4']);
      expect(await hooks().events(elsewhere, { limit: 9 })).toEqual([]);
    });
  });

  describe('a repetition', () => {
    test('by its id or by its body is counted once more, and only asks for the checks', async () => {
      const key = await createPipeline();
      await ensure('shop', 'firmware');
      await record();
      await claim();
      bench.clock.pass(5);
      expect(await record({ bodyHash: 'b2' })).toMatchObject({ isRepeated: true, outcome: 'Accepted' });
      expect(await record({ deliveryId: 'forged' })).toMatchObject({ isRepeated: true });
      expect(await record({ deliveryId: undefined })).toMatchObject({ isRepeated: true });
      expect(await record({}, { hook: 'firmware' })).toMatchObject({ isRepeated: false });
      expect(await hooks().events(scope, { repository: 'shop', limit: 9 })).toMatchObject([
        { repeats: 3, repeatedAt: bench.clock.at },
      ]);
      expect(await claim()).toBe(key);
    });

    test('of one that was refused, or that nothing watched, is judged anew, and takes its place', async () => {
      await ensure('shop');
      expect(await record({ outcome: 'Refused', message: 'another repository' })).toMatchObject({ isRepeated: false });
      expect(await record()).toMatchObject({ isRepeated: false, message: expect.stringContaining('No source action') });
      await createPipeline();
      expect(await record()).toMatchObject({ isRepeated: false, message: 'Checked now.' });
      expect(await record()).toMatchObject({ isRepeated: true });
      const listed = await hooks().events(scope, { limit: 9 });
      expect(listed).toMatchObject([{ message: 'Checked now.', repeats: 1, isPending: true }]);
    });

    test('is a new event after three days, and so are the same lines of a script', async () => {
      await ensure('shop');
      await record();
      await record({ deliveryId: undefined }, { isBodyUnique: false });
      expect(await events()).toHaveLength(2);
      bench.clock.pass(deliveryMemoryMs + 1);
      expect(await record()).toMatchObject({ isRepeated: false });
    });

    test('at the same time is stored once', async () => {
      await createPipeline();
      await ensure('shop');
      const recorded = await Promise.all(Array.from({ length: 6 }, () => record()));
      expect(recorded.filter((one) => one?.isRepeated === false)).toHaveLength(1);
      expect(await events()).toHaveLength(1);
    });

    test('of a pull request whose head has not moved starts nothing', async () => {
      await ensure('shop', 'firmware');
      const update = (headCommit: string, number: string, hook = 'shop') =>
        record(
          {
            bodyHash: number,
            deliveryId: number,
            pullRequest: {
              event: 'UPDATED',
              id: '7',
              title: '',
              sourceBranch: 'a',
              destinationBranch: 'b',
              headCommit,
            },
          },
          { isMoveUnknown: true, hook },
        );
      // Without an earlier event it may have moved.
      expect(await update('c1', '1')).toMatchObject({ outcome: 'Accepted' });
      expect(await update('c1', '2')).toMatchObject({ outcome: 'Ignored', message: expect.stringContaining('no new') });
      expect(await update('c2', '3')).toMatchObject({ outcome: 'Accepted' });
      expect(await update('c1', '4')).toMatchObject({ outcome: 'Accepted' });
      expect(await update('c1', '5', 'firmware')).toMatchObject({ outcome: 'Accepted' });
    });
  });

  describe('a check', () => {
    const result = { pipeline: 'Mill', action: 'Fetch', executionId: 'e1', message: 'started' };

    test('leaves its results at the events that came before it', async () => {
      const key = await createPipeline();
      await ensure('shop');
      await record();
      const waiting = await hooks().pendingEvents(key);
      await record({ bodyHash: 'b2', deliveryId: 'd2' });
      await hooks().noteFindings(
        key,
        waiting.map(({ sequence }) => ({ sequence, findings: [result] })),
      );
      const [later, earlier] = await hooks().events(scope, { limit: 9 });
      expect(earlier).toMatchObject({ isPending: false, results: [result] });
      expect(later).toMatchObject({ isPending: true, results: [] });
    });

    test('that failed says why, and the event waits for the next one', async () => {
      const key = await createPipeline();
      await ensure('shop');
      await record();
      const waiting = await hooks().pendingEvents(key);
      const failed = { pipeline: 'Mill', action: 'Fetch', message: 'cannot be read' };
      await hooks().noteFindings(
        key,
        waiting.map(({ sequence }) => ({ sequence, findings: [failed], isPending: true })),
      );
      expect(await hooks().events(scope, { limit: 9 })).toMatchObject([{ isPending: true, results: [failed] }]);
      const { changes, changeCount } = hookEvent();
      expect(waiting).toMatchObject([{ changes, changeCount, results: [] }]);
      expect(await hooks().pendingEvents(key)).toMatchObject([{ sequence: waiting[0]?.sequence, results: [failed] }]);
    });
  });

  test('events that are too old go, a few at a time, and their checks with them', async () => {
    const key = await createPipeline();
    await ensure('shop');
    for (const id of ['1', '2', '3']) {
      await record({ bodyHash: id, deliveryId: id });
      bench.clock.pass(10);
    }
    const before = bench.clock.at - 10;
    expect(await hooks().pruneEvents(before, 1)).toBe(true);
    expect(await hooks().pruneEvents(before, 9)).toBe(false);
    expect(await events()).toEqual(['3']);
    expect(await hooks().pendingEvents(key)).toHaveLength(1);
    await hooks().pruneEvents(bench.clock.at, 9);
    expect(await hooks().pendingEvents(key)).toEqual([]);
  });
}
