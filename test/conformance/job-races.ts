import { describe, expect, test } from 'vitest';
import { endWithPipeline } from '../../src/engine/events/delete-pipeline.ts';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import { newestNonce } from '../../src/model/job.ts';
import { appendToJob, logHomeOf, readText } from '../support/logs/log-steps.ts';
import {
  action,
  buildType,
  declare,
  scope,
  source,
  sourceType,
  stage,
  twoStages,
} from '../support/pipelines/declarations.ts';
import { idsOf, leaseMs, type OpenStore, useBench } from './bench.ts';
import { outcomeOf } from './pipeline-view.ts';

/** One queue, several nodes: who gets a job, whose acknowledgement counts, whose result ends it. */
export function jobRaces(open: OpenStore): void {
  const bench = useBench(open);
  const failure = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } } as const;
  const fifty = (name: string) =>
    declare(
      [
        stage(
          'Source',
          ...Array.from({ length: 50 }, (_, index) => source(`Fetch${index}`, { outputs: [`O${index}`] })),
        ),
        stage('Build', action('Compile')),
      ],
      { name },
    );

  test('20 pollers on two nodes share 200 jobs: each job goes to one of them, and again to one after its lease', async () => {
    for (const name of ['A', 'B', 'C', 'D']) await bench.create(fifty(name));
    const nodes = [bench, await bench.another()];
    const pollers = Array.from({ length: 20 }, (_, index) => nodes[index % 2] ?? bench);
    const drain = async (node: (typeof pollers)[number], index: number) => {
      const records = [];
      for (;;) {
        const claimed = await node.claim({ limit: index % 3 === 0 ? 3 : 1 });
        if (claimed.length === 0) return records;
        records.push(...claimed);
      }
    };
    for (const deliveries of [1, 2]) {
      const records = (await Promise.all(pollers.map(drain))).flat();
      expect(new Set(idsOf(records)).size).toBe(200);
      expect(records.map(({ job }) => job.deliveries)).toEqual(Array(200).fill(deliveries));
      bench.clock.pass(leaseMs);
    }
  });

  test('an acknowledgement after the lease, at the same time as claims, is the last that happens to its job', async () => {
    for (let round = 0; round < 5; round += 1) {
      await bench.create(twoStages({ name: `Mill${round}` }));
      const { job } = await bench.claimOne();
      bench.clock.pass(leaseMs);
      const nonce = newestNonce(job);
      await Promise.all([bench.claim(), bench.store.jobs.acknowledge(job.id, nonce), bench.claim()]);
      const events = await bench.store.jobHistory.events(job.id, { after: 0, limit: 9 });
      expect(events.at(-1)).toMatchObject({ kind: 'Acknowledged', nonce });
    }
  });

  test('of concurrent acknowledgements with different nonces one wins, and all learn which (decision 1)', async () => {
    const other = await bench.another();
    for (let round = 0; round < 5; round += 1) {
      await bench.create(twoStages({ name: `Mill${round}` }));
      const { job } = await bench.claimOne();
      bench.clock.pass(leaseMs);
      await bench.claimOne();
      const nonces = ['3', '4', '3', '4'];
      const answers = await Promise.all(
        nonces.map((nonce, index) => (index < 2 ? bench : other).store.jobs.acknowledge(job.id, nonce)),
      );
      const winning = new Set(answers.map((answer) => answer?.winningNonce));
      expect(winning.size).toBe(1);
      expect(nonces).toContain([...winning][0]);
      expect(answers.map((answer) => answer?.job.status)).toEqual(Array(4).fill('InProgress'));
      const story = await bench.store.jobHistory.events(job.id, { after: 0, limit: 9 });
      expect(story.filter(({ kind }) => kind === 'Acknowledged')).toHaveLength(1);
      await bench.succeed(job.id);
    }
  });

  test('a concurrent acknowledgement and result leave the job ended (decision 5)', async () => {
    const other = await bench.another();
    for (let round = 0; round < 5; round += 1) {
      await bench.create(twoStages({ name: `Mill${round}` }));
      const { job } = await bench.claimOne();
      const [acknowledged] = await Promise.all([bench.store.jobs.acknowledge(job.id, '3'), other.succeed(job.id)]);
      expect(['InProgress', 'Succeeded']).toContain(acknowledged?.job.status);
      expect(await bench.job(job.id)).toMatchObject({ status: 'Succeeded', offerAt: undefined, deadlineAt: undefined });
    }
  });

  test('of a concurrent result and time-out one ends the job', async () => {
    const other = await bench.another();
    for (let round = 0; round < 5; round += 1) {
      await bench.create(twoStages({ name: `Mill${round}` }));
      const { job } = await bench.claimOne();
      bench.clock.pass(sourceType.timeoutMs);
      const [reported] = await Promise.all([outcomeOf(bench.succeed(job.id)), other.timeOut(job.id)]);
      const { status } = await bench.job(job.id);
      expect([reported, status]).toEqual(
        reported === 'done' ? ['done', 'Succeeded'] : ['InvalidJobStateException', 'TimedOut'],
      );
    }
  });

  test.each(['a stop', 'a deletion'] as const)(
    '%s that waits while a poll claims the job still ends it',
    async (what) => {
      const other = await bench.another();
      const pipeline = await bench.create();
      const [execution] = await bench.store.executions.list(pipeline.id, { limit: 1 });
      const executionId = execution?.id ?? '';
      const held = await bench.hold(pipeline.id);
      const ended =
        what === 'a stop'
          ? bench.store.advance({ kind: 'execution', scope, name: 'Mill', executionId }, (snapshot, moment) =>
              stopExecution(snapshot, { executionId, abandon: true }, moment),
            )
          : bench.store.pipelines.delete(scope, 'Mill', endWithPipeline);
      await held.untilWaiting(1);
      const claimed = await other.claim();
      await held.release();
      await ended;
      for (const { job } of claimed) expect((await bench.job(job.id)).status).toBe('Failed');
      bench.clock.pass(leaseMs);
      expect(await other.claim()).toEqual([]);
      expect((await bench.store.executions.find(pipeline.id, executionId))?.status).toBe('Stopped');
    },
  );

  test('a late result and a concurrent claim: the job is not claimed, or the result rejected (decision 10)', async () => {
    const other = await bench.another();
    for (let round = 0; round < 8; round += 1) {
      await bench.create(twoStages({ name: `Mill${round}` }));
      const { job } = await bench.claimOne();
      bench.clock.pass(leaseMs);
      const [reported, claimed] = await Promise.all([
        outcomeOf(bench.report(job.id, failure, newestNonce(job))),
        other.claim(),
      ]);
      expect(claimed).toHaveLength(reported === 'done' ? 0 : 1);
      if (reported !== 'done') await bench.report(job.id, failure);
    }
  });

  test('concurrent deliveries of one job have a nonce each', async () => {
    const other = await bench.another();
    await bench.create();
    const { job } = await bench.claimOne();
    const delivered = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? bench : other).store.jobs.deliver(job.id, bench.clock.at + leaseMs),
      ),
    );
    const nonces = delivered.map((record) => record && newestNonce(record.job));
    expect(nonces.sort()).toEqual(['10', '11', '4', '5', '6', '7', '8', '9']);
  });

  describe('the log of a job', () => {
    const appended = async (offsetOf: (index: number) => { offset?: number }) => {
      const other = await bench.another();
      const home = logHomeOf(bench.store, undefined);
      const homes = [home, logHomeOf(other.store, undefined)];
      await bench.create();
      const { job } = await bench.claimOne();
      await bench.store.jobs.acknowledge(job.id, '3');
      const ends = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          appendToJob(homes[index % 2] ?? home, job.id, `${index} `.padEnd(3000, '.'), offsetOf(index)),
        ),
      );
      const { text } = await readText(home, job.id);
      return { text, ends: ends.map((end) => end?.nextOffset ?? 0).sort((left, right) => left - right) };
    };

    test('serializes concurrent writers', async () => {
      const { text, ends } = await appended(() => ({}));
      expect(ends).toEqual(Array.from({ length: 8 }, (_, index) => 3000 * (index + 1)));
      expect(
        [...text.matchAll(/\d/g)]
          .map(([digit]) => digit)
          .sort()
          .join(''),
      ).toBe('01234567');
    });

    test('accepts one of several texts for the same offset', async () => {
      const { text, ends } = await appended(() => ({ offset: 0 }));
      expect(ends).toEqual(Array(8).fill(3000));
      expect(text).toHaveLength(3000);
    });
  });

  test('of many PARALLEL starts on two nodes 50 run, and of a retry and a start for the last slot one is accepted', async () => {
    const other = await bench.another();
    const pipeline = await bench.create(twoStages({ executionMode: 'PARALLEL', pipelineType: 'V2' }));
    const first = await bench.claimOne();
    await bench.succeed(first.job.id);
    await bench.report((await bench.claimOne(buildType)).job.id, failure);
    const responses = await Promise.all(
      Array.from({ length: 55 }, (_, index) => outcomeOf((index % 2 === 0 ? bench : other).start('Mill'))),
    );
    expect(responses.filter((outcome) => outcome === 'done')).toHaveLength(50);
    const running = async () =>
      (await bench.store.executions.list(pipeline.id, { limit: 99 })).filter(({ status }) => status === 'InProgress');
    expect(await running()).toHaveLength(50);
    const [last] = await bench.claim({ limit: 1 });
    await bench.report(last?.job.id ?? '', failure);
    const key = { kind: 'execution', scope, name: 'Mill', stageName: 'Build' } as const;
    const { executionId } = first;
    const retry = bench.store.advance({ ...key, executionId }, (snapshot, moment) =>
      retryStage(snapshot, { executionId, stageName: 'Build', mode: 'FAILED_ACTIONS' }, moment),
    );
    const lastPlace = await Promise.all([outcomeOf(retry), outcomeOf(other.start('Mill'))]);
    expect(lastPlace.sort()).toEqual(['ConcurrentPipelineExecutionsLimitExceededException', 'done']);
    expect(await running()).toHaveLength(50);
  });

  test('a PARALLEL execution keeps five actions running, however many results arrive concurrently', async () => {
    const other = await bench.another();
    const names = Array.from({ length: 20 }, (_, index) => `Fetch${index}`);
    const sources = names.map((name) => source(name, { outputs: [name] }));
    const pipeline = await bench.create(
      declare([stage('Source', ...sources), stage('Build', action('Compile'))], {
        executionMode: 'PARALLEL',
        pipelineType: 'V2',
      }),
    );
    for (let done = 0; done < names.length; done += 5) {
      const claimed = await bench.claim();
      expect(claimed).toHaveLength(5);
      await Promise.all(claimed.map(({ job }, index) => (index % 2 === 0 ? bench : other).succeed(job.id)));
    }
    expect(await bench.claim({ type: buildType })).toHaveLength(1);
    expect(await bench.store.executions.listActions(pipeline.id, { limit: 99 })).toHaveLength(21);
  });
}
