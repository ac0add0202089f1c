import { beforeEach, describe, expect, test } from 'vitest';
import { ServiceError } from '../../src/contract/errors.ts';
import { startExecution } from '../../src/engine/events/start-execution.ts';
import type { Change } from '../../src/model/change.ts';
import type { Decide } from '../../src/model/decision.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import { keyName } from '../../src/model/queue-key.ts';
import { scope, sourceType, twoStages } from '../support/pipelines/declarations.ts';
import { idsOf, type OpenStore, useBench } from './bench.ts';

const begin: Decide<string> = (snapshot, moment) =>
  startExecution(snapshot, { triggerType: 'StartPipelineExecution' }, moment);

/** A change that matches no row: the store must throw, whatever it has written before. */
const impossible: Change = { kind: 'jobEnded', jobId: 'nobody', status: 'Failed' };

/** `advance`: all of a decision or nothing, and one decision per pipeline at a time. */
export function advanceCases(open: OpenStore): void {
  const bench = useBench(open);
  let pipeline: Pipeline;
  beforeEach(async () => {
    pipeline = await bench.create();
  });
  const key = { kind: 'pipeline', scope, name: 'Mill' } as const;
  const executions = () => bench.store.executions.list(pipeline.id, { limit: 1000 });

  describe('what does not exist', () => {
    test('an unknown pipeline, another account, another Region, another case (operations 4)', async () => {
      const foreign = { account: '210987654321', region: 'us-east-1' };
      const elsewhere = { account: scope.account, region: 'eu-west-1' };
      for (const [name, where] of [
        ['Nobody', scope],
        ['mill', scope],
        ['Mill', foreign],
        ['Mill', elsewhere],
      ] as const) {
        const decision = bench.store.advance({ kind: 'pipeline', scope: where, name }, begin);
        await expect(decision).rejects.toMatchObject({
          code: 'PipelineNotFoundException',
          message: `Pipeline with name ${name} does not exist in account ${where.account}.`,
        });
      }
    });

    test('an unknown job (behaviour A.6)', async () => {
      const decision = bench.store.advance({ kind: 'job', jobId: 'nope' }, (snapshot) => ({
        changes: [],
        answer: snapshot,
      }));
      await expect(decision).rejects.toMatchObject({
        code: 'JobNotFoundException',
        message: "Job with id 'nope' does not exist",
      });
    });
  });

  describe('all or nothing', () => {
    test('an error response is thrown as a ServiceError, and nothing is written', async () => {
      const decision = bench.store.advance(key, () => ({ refuse: 'ValidationException', message: 'no' }));
      await expect(decision).rejects.toBeInstanceOf(ServiceError);
      await expect(decision).rejects.toMatchObject({ code: 'ValidationException', message: 'no' });
      expect(await executions()).toHaveLength(1);
    });

    test('a change that matches no row rolls back the changes before it', async () => {
      const decision = bench.store.advance(key, (snapshot, moment) => {
        const begun = begin(snapshot, moment);
        return 'refuse' in begun ? begun : { ...begun, changes: [...begun.changes, impossible] };
      });
      await expect(decision).rejects.toThrow('met no row');
      expect(await executions()).toHaveLength(1);
    });

    test('a decision that throws does not affect the others of its group', async () => {
      const poison: Decide<string> = (snapshot, moment) => {
        const begun = begin(snapshot, moment);
        return 'refuse' in begun ? begun : { ...begun, changes: [...begun.changes, impossible] };
      };
      const bug: Decide<string> = () => {
        throw new Error('a bug');
      };
      const decides = [begin, poison, begin, bug, begin, poison];
      const settled = await Promise.allSettled(decides.map((decide) => bench.store.advance(key, decide)));
      expect(settled.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
      ]);
      const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const ids = (await executions()).map(({ id }) => id);
      expect(ids).toHaveLength(1 + started.length);
      expect(ids).toEqual(expect.arrayContaining(started));
    });

    test('a bug in a follow-up rolls everything back', async () => {
      const waiter = await bench.start('Mill');
      const decision = bench.store.advance(key, (snapshot, moment) => {
        const begun = begin(snapshot, moment);
        const bug: Decide<undefined> = () => ({ changes: [impossible], answer: undefined });
        const then = [{ executionId: waiter, decide: bug }];
        return 'refuse' in begun ? begun : { ...begun, then };
      });
      await expect(decision).rejects.toThrow('met no row');
      expect(await executions()).toHaveLength(2);
    });
  });

  describe('one at a time', () => {
    test('decisions of one pipeline see each other: of many starts one is in the stage and one waits', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => bench.start('Mill')));
      expect(new Set(ids).size).toBe(20);
      const rows = (await executions()).reverse();
      expect(rows.map(({ status }) => status)).toEqual(['InProgress', ...Array(19).fill('Superseded'), 'InProgress']);
      expect(await bench.store.executions.occupancy(pipeline.id, ['Source'])).toMatchObject([
        { stageName: 'Source', holder: rows[0]?.id, waiting: [rows[20]?.id] },
      ]);
    });

    test('nothing written between a snapshot and its decision is lost', async () => {
      const { job, executionId } = await bench.claimOne();
      const append =
        (name: string): Decide<undefined> =>
        ({ execution }) => ({
          changes: [
            {
              kind: 'revisionsRecorded',
              executionId,
              revisions: [...(execution?.revisions ?? []), { actionName: 'x', name }],
            },
          ],
          answer: undefined,
        });
      const names = Array.from({ length: 20 }, (_, index) => `r${index}`);
      await Promise.all(names.map((name) => bench.store.advance({ kind: 'job', jobId: job.id }, append(name))));
      const recorded = (await bench.snapshot(job.id)).execution?.revisions.map(({ name }) => name);
      expect(recorded?.sort()).toEqual([...names].sort());
    });

    test('of two concurrent starts with one token one starts, and both return its id (behaviour 0.2)', async () => {
      const ids = await Promise.all(
        Array.from({ length: 5 }, () => bench.start('Mill', { clientRequestToken: 'once' })),
      );
      expect(new Set(ids).size).toBe(1);
      expect(await executions()).toHaveLength(2);
      expect(await bench.start('Mill', { clientRequestToken: 'Once' })).not.toBe(ids[0]);
    });

    test('of two concurrent contradictory results one wins and the other is rejected (behaviour A.6)', async () => {
      const { job } = await bench.claimOne();
      const settled = await Promise.allSettled([
        bench.succeed(job.id),
        bench.report(job.id, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } }),
      ]);
      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await bench.claim()).toEqual([]);
    });
  });

  test('a constraint rejects a second holder of a stage (behaviour C.2.2)', async () => {
    const waiter = await bench.start('Mill');
    const before = await bench.store.executions.occupancy(pipeline.id, ['Source', 'Build']);
    const breakIn: Decide<undefined> = () => ({
      changes: [{ kind: 'stageEntered', executionId: waiter, stageName: 'Source', isLocking: true }],
      answer: undefined,
    });
    await expect(bench.store.advance(key, breakIn)).rejects.toThrow();
    expect(await bench.store.executions.occupancy(pipeline.id, ['Source', 'Build'])).toEqual(before);
  });

  test('polls for a queued job are woken after the commit, and never after an error response', async () => {
    const woken: string[] = [];
    const abort = new AbortController();
    const queue = `${scope.account}/${scope.region}/Source/Custom/Depot/1`;
    await bench.succeed((await bench.claimOne()).job.id);
    const name = keyName(queue, '');
    // By name: a new connection wakes everything, since it doesn't know what it missed.
    bench.store.notifications.onWake((one) => {
      if (one === name) woken.push(one);
    });
    const wait = bench.store.notifications.wait(name, 60_000, abort.signal);
    await bench.store.advance(key, () => ({ refuse: 'ValidationException', message: 'no' })).catch(() => undefined);
    expect(woken).toEqual([]);
    await bench.start('Mill');
    await wait;
    expect(woken).toEqual([name]);
    expect(idsOf(await bench.claim({ type: sourceType }))).toHaveLength(1);
    abort.abort();
  });

  test('the snapshot is bounded: it has the open jobs and the one of the event', async () => {
    const { job: first } = await bench.claimOne();
    const chain = [first.id];
    for (let count = 0; count < 3; count += 1) {
      await bench.succeed(chain.at(-1) ?? '', { continuationToken: 'more' });
      bench.clock.pass(1000);
      chain.push((await bench.claimOne()).job.id);
    }
    const jobsSeen = async (jobId = '') => (await bench.snapshot(jobId)).execution?.jobs.map(({ id }) => id);
    expect(await jobsSeen(chain[3])).toEqual([chain[3]]);
    expect(await jobsSeen(chain[1])).toEqual([chain[1], chain[3]]);
  });

  test('the snapshot has the declaration of the version and the types it uses', async () => {
    const { job } = await bench.claimOne();
    const snapshot = await bench.snapshot(job.id);
    expect(snapshot.pipeline).toEqual(pipeline);
    expect(snapshot.declaration).toEqual(twoStages());
    expect(snapshot.actionTypes.map(({ definition }) => definition.id.provider).sort()).toEqual(['Bench', 'Depot']);
  });
}
