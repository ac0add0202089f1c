import { beforeEach, expect, test } from 'vitest';
import { jobResult } from '../../src/engine/events/job-result.ts';
import type { Change } from '../../src/model/change.ts';
import { newestNonce } from '../../src/model/job.ts';
import { type QueueKey, queueKey, queueOf } from '../../src/model/queue-key.ts';
import { createJobQueue, type JobQueue } from '../../src/queue/job-queue.ts';
import { createNotifications, type Notifications } from '../../src/store/notifications.ts';
import type { JobRecord, Store } from '../../src/store/store.ts';
import {
  action,
  buildType,
  declare,
  laneType,
  scope,
  source,
  sourceType,
  stage,
  twoStages,
} from '../support/pipelines/declarations.ts';
import { continuationDelayMs, idsOf, leaseMs, type OpenStore, useBench } from './bench.ts';

const maxAgeMs = 5000;
const origin = { callerArn: 'arn:worker', accessKeyId: 'AKID', requestId: 'r-1' };
const keyOf = (type: typeof sourceType, queryValue = '') => queueKey(queueOf(scope, type.definition.id), queryValue);

/** The queue of a node with the polls it holds; counts what they claim. */
interface Node {
  store: Store;
  jobQueue: JobQueue;
  claims(): number;
}

/** Jobs delivered to held polls by the commit that queues them: as good as a claim. */
export function handOffCases(open: OpenStore): void {
  const bench = useBench(open);
  let node: Node;

  const nodeOn = (store: Store, notifications: Notifications): Node => {
    let claims = 0;
    const jobs: Store['jobs'] = {
      ...store.jobs,
      claim(...request) {
        claims += 1;
        return store.jobs.claim(...request);
      },
    };
    const jobQueue = createJobQueue({ jobs, notifications }, { now: bench.clock.now, maxAgeMs });
    store.handOffTo(jobQueue);
    return { store, jobQueue, claims: () => claims };
  };
  const nodeOf = (store: Store): Node => {
    const notifications = createNotifications();
    // A new connection to the database wakes everything some time after the start of a test.
    store.notifications.onWake((name) => name !== undefined && notifications.wake([name]));
    return nodeOn(store, notifications);
  };
  beforeEach(() => {
    node = nodeOf(bench.store);
  });

  /** Holds polls on a queue in which nothing can be claimed; they are the next to get jobs. */
  const hold = async (key: QueueKey, { polls = 1, limit = 1, on = node, lease = leaseMs } = {}) => {
    expect(await on.jobQueue.claim(key, { limit, leaseMs, waitMs: 0 })).toEqual([]);
    return Array.from({ length: polls }, () => {
      const client = new AbortController();
      const poll = { limit, leaseMs: lease, waitMs: 60_000, signal: client.signal, origin };
      return { client, records: on.jobQueue.claim(key, poll) };
    });
  };
  const first = async (key: QueueKey) => {
    const [poll] = await hold(key);
    if (!poll) throw new Error('expected a poll');
    return poll;
  };
  const endsEmpty = async ({ client, records }: { client: AbortController; records: Promise<JobRecord[]> }) => {
    client.abort();
    expect(await records).toEqual([]);
  };
  const deliveriesOf = async (jobId: string) =>
    (await bench.store.jobHistory.events(jobId, { after: 0, limit: 9 })).filter(({ kind }) => kind === 'Delivered');
  const manySources = (count: number) =>
    declare([
      stage('Source', ...Array.from({ length: count }, (_, n) => source(`Fetch${n}`, { outputs: [`Out${n}`] }))),
      stage('Build', action('Compile')),
    ]);

  test('a start delivers its job, which is then like a claimed one', async () => {
    const poll = await first(keyOf(sourceType));
    const claims = node.claims();
    const pipeline = await bench.create();
    expect(await bench.store.jobs.waiting(bench.clock.at, 9)).toEqual([]);
    const [record] = await poll.records;
    const jobId = record?.job.id ?? '';
    expect(record).toEqual(await bench.store.jobs.find(jobId));
    expect(record).toMatchObject({ pipeline, action: { actionName: 'Fetch' } });
    expect(record?.job).toMatchObject({ status: 'Dispatched', deliveries: 1, offerAt: bench.clock.at + leaseMs });
    expect(await deliveriesOf(jobId)).toMatchObject([
      { at: bench.clock.at, origin, nonce: '3', leaseUntil: bench.clock.at + leaseMs },
    ]);
    expect(node.claims()).toBe(claims);
    expect((await bench.store.jobs.acknowledge(jobId, '3'))?.job.status).toBe('InProgress');
    await bench.succeed(jobId);
  });

  test('a result delivers the job of the next action, and a continuation only after its delay (decision 4)', async () => {
    await bench.create();
    const sources = await bench.claimOne();
    const poll = await first(keyOf(buildType));
    const early = await first(keyOf(sourceType));
    await bench.succeed(sources.job.id, { continuationToken: 'more' });
    await endsEmpty(early);
    expect(await bench.claim()).toEqual([]);
    bench.clock.pass(continuationDelayMs);
    await bench.succeed((await bench.claimOne()).job.id);
    expect((await poll.records)[0]).toMatchObject({ action: { actionName: 'Compile' }, job: { deliveries: 1 } });
  });

  test('a delivered job is offered again when its lease ends', async () => {
    const poll = await first(keyOf(sourceType));
    await bench.create();
    const [record] = await poll.records;
    bench.clock.pass(leaseMs - 1);
    expect(await bench.claim()).toEqual([]);
    bench.clock.pass(1);
    const again = await bench.claimOne();
    expect(again).toEqual({ ...record, job: { ...record?.job, deliveries: 2, offerAt: bench.clock.at + leaseMs } });
    expect(newestNonce(again.job)).toBe('4');
  });

  test.each([
    ['nobody is notified of a delivered job', maxAgeMs, []],
    ['of a delivered job with a short lease everybody is notified', maxAgeMs - 1, [keyOf(sourceType).name]],
  ])('%s', async (_what, lease, notified) => {
    const names: (string | undefined)[] = [];
    const [poll] = await hold(keyOf(sourceType), { lease });
    // A new pipeline also announces due work.
    bench.store.notifications.onWake((name) => name === keyOf(sourceType).name && names.push(name));
    await bench.create();
    expect((await poll?.records)?.[0]?.job.offerAt).toBe(bench.clock.at + lease);
    expect(names).toEqual(notified);
  });

  test('jobs of one decision go to the polls in order, each up to its limit, and the rest waits', async () => {
    const [one, two] = await hold(keyOf(sourceType), { polls: 2, limit: 2 });
    await bench.create(manySources(5));
    const names = async (records?: Promise<JobRecord[]>) => (await records)?.map(({ action }) => action.actionName);
    expect(await names(one?.records)).toEqual(['Fetch0', 'Fetch1']);
    expect(await names(two?.records)).toEqual(['Fetch2', 'Fetch3']);
    expect(await names(bench.claim())).toEqual(['Fetch4']);
  });

  test('a poll gets only jobs with its query value', async () => {
    const other = await first(keyOf(laneType, 'slow'));
    const poll = await first(keyOf(laneType, 'fast'));
    const lane = (name: string) => action(name, { type: laneType, configuration: { Lane: name } });
    await bench.create(declare([stage('Source', source()), stage('Build', lane('fast'))]));
    await bench.succeed((await bench.claimOne()).job.id);
    expect((await poll.records)[0]?.job.queryValue).toBe('fast');
    await endsEmpty(other);
  });

  test('an older job that this node does not know of goes first', async () => {
    const notifications = createNotifications();
    const deaf = nodeOn(bench.store, notifications);
    const [poll] = await hold(keyOf(sourceType), { on: deaf });
    bench.store.handOffTo({ reserve: () => undefined });
    await bench.create(twoStages({ name: 'Older' }));
    bench.store.handOffTo(deaf.jobQueue);
    bench.store.notifications.onWake((name) => name !== undefined && notifications.wake([name]));
    await bench.create(twoStages({ name: 'Newer' }));
    expect((await poll?.records)?.map(({ pipeline }) => pipeline.name)).toEqual(['Older']);
    const left = await bench.claimOne();
    expect([left.pipeline.name, left.job.deliveries]).toEqual(['Newer', 1]);
    expect(await deliveriesOf(left.job.id)).toHaveLength(1);
  });

  test('a decision that fails gives the poll back, and its job never existed', async () => {
    await bench.create();
    const { job } = await bench.claimOne();
    const poll = await first(keyOf(buildType));
    const nobody: Change = { kind: 'executionExpired', executionId: 'nobody' };
    await expect(succeedWith(job.id, () => [nobody])).rejects.toThrow('met no row');
    await bench.succeed(job.id);
    const [record] = await poll.records;
    expect(record?.job.deliveries).toBe(1);
    expect(record).toEqual(await bench.store.jobs.find(record?.job.id ?? ''));
  });

  test('a job that its own transaction ends is not delivered', async () => {
    await bench.create();
    const { job } = await bench.claimOne();
    const poll = await first(keyOf(buildType));
    await succeedWith(job.id, (changes) =>
      changes.flatMap((change) => {
        if (change.kind !== 'jobQueued') return [];
        return { kind: 'jobEnded', jobId: change.job.id, status: 'Failed', executionId: change.executionId } as Change;
      }),
    );
    await endsEmpty(poll);
  });

  test('when a client disconnects during the transaction, its job is offered to the next poll at once', async () => {
    const [gone, next] = await hold(keyOf(sourceType), { polls: 2 });
    bench.store.handOffTo({
      reserve(name) {
        const poll = node.jobQueue.reserve(name);
        gone?.client.abort();
        return poll;
      },
    });
    await bench.create();
    expect(await gone?.records).toEqual([]);
    expect((await next?.records)?.map(({ job }) => newestNonce(job))).toEqual(['4']);
  });

  test('a result that runs again because another one of its group failed delivers its job once', async () => {
    await bench.create();
    await bench.create(twoStages({ name: 'Other' }));
    const [one, other] = (await bench.claim()).map(({ job }) => job.id);
    const poll = await first(keyOf(buildType));
    const nobody: Change = { kind: 'executionExpired', executionId: 'nobody' };
    const ends = await Promise.allSettled([bench.succeed(one ?? ''), succeedWith(other ?? '', () => [nobody])]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const [record] = await poll.records;
    const jobId = record?.job.id ?? '';
    expect(record).toEqual(await bench.store.jobs.find(jobId));
    expect(await deliveriesOf(jobId)).toHaveLength(1);
    await bench.succeed(other ?? '');
    expect((await bench.claimOne(buildType)).job.deliveries).toBe(1);
  });

  test('polls of two nodes and claims share the jobs of concurrent starts: each goes to one of them', async () => {
    const names = Array.from({ length: 16 }, (_, index) => `Mill${index}`);
    for (const name of names) await bench.create(twoStages({ name, executionMode: 'QUEUED', pipelineType: 'V2' }));
    for (const { job } of await bench.claim()) await bench.succeed(job.id);
    const elsewhere = await bench.another();
    const [near, far] = [bench, elsewhere].map(({ store }) => nodeOn(store, store.notifications));
    const polls = [
      ...(await hold(keyOf(sourceType), { polls: 6, on: near })),
      ...(await hold(keyOf(sourceType), { on: far })),
    ];
    const starts = names.map((name, index) => (index % 2 ? bench : elsewhere).start(name));
    const claims = Array.from({ length: 4 }, () => bench.claim({ limit: 2 }));
    await Promise.all(starts);
    const claimed = (await Promise.all(claims)).flat();
    const held = (await Promise.all(polls.map(({ records }) => records))).flat();
    const ids = idsOf([...claimed, ...held, ...(await bench.claim())]);
    expect(ids).toHaveLength(16);
    expect(new Set(ids).size).toBe(16);
  });

  /** Reports success, with more changes than the engine decides. */
  const succeedWith = (jobId: string, more: (changes: Change[]) => Change[]): Promise<void> =>
    bench.store.advance({ kind: 'job', jobId }, (snapshot, moment) => {
      const report = { jobId, result: { outcome: 'Succeeded' }, continuationDelayMs } as const;
      const decision = jobResult(snapshot, report, moment);
      if ('refuse' in decision) throw new Error(decision.message);
      return { ...decision, changes: [...decision.changes, ...more(decision.changes)], after: undefined };
    });
}
