import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { leaseMs, type Steps, stepsOn } from '../../test/conformance/steps.ts';
import { createTestClock, type TestClock } from '../../test/support/engine/test-clock.ts';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import {
  action,
  approval,
  approvalType,
  buildType,
  catalogue,
  declare,
  scope,
  source,
  stage,
} from '../../test/support/pipelines/declarations.ts';
import { approvalResult } from '../engine/events/approval-result.ts';
import { newestNonce } from '../model/job.ts';
import { defaultQuotas } from '../model/quotas.ts';
import type { Database, Statements } from './database.ts';
import { migrate } from './migrate.ts';
import { createNotifications } from './notifications.ts';
import { dialect, openSqlite } from './sqlite/database.ts';
import { createStore, type JobRecord, type ReservedPoll } from './store.ts';

/** Statements of a call without begin and commit, and its round trips to the database with them. */
interface Cost {
  statements: number;
  trips: number;
}

/** Wraps a database; adds what transactions and reads do to `cost`. */
function counting(inner: Database, cost: Cost): Database {
  let isInFlight = false;
  /** Whatever is sent while responses are outstanding shares their trip. */
  const send = () => {
    if (!isInFlight) cost.trips += 1;
    isInFlight = true;
  };
  const counted = (sql: Statements): Statements => {
    const asked = async <T>(result: Promise<T>): Promise<T> => {
      cost.statements += 1;
      send();
      // Like a database across a network: everything that was sent together is answered later.
      await new Promise((resolve) => setTimeout(resolve, 5));
      isInFlight = false;
      return result;
    };
    return {
      all: (text, ...parameters) => asked(sql.all(text, ...parameters)),
      get: (text, ...parameters) => asked(sql.get(text, ...parameters)),
      run: (text, ...parameters) => asked(sql.run(text, ...parameters)),
      send(text, ...parameters) {
        cost.statements += 1;
        sql.send(text, ...parameters);
      },
      sendOne(refused, text, ...parameters) {
        cost.statements += 1;
        sql.sendOne(refused, text, ...parameters);
      },
    };
  };
  return {
    ...inner,
    read: (work) => inner.read((sql) => work(counted(sql))),
    // The drivers send begin with the first statement, and the commit behind the last one.
    write: (work) =>
      inner.write(async (sql) => {
        const result = await work(counted(sql));
        send();
        isInFlight = false;
        return result;
      }),
  };
}

/** A poll that is held, and what it gets. */
function heldPoll({ at }: TestClock): { held: ReservedPoll; records: JobRecord[] } {
  const records: JobRecord[] = [];
  return {
    records,
    held: { limit: 1, at, leaseUntil: at + leaseMs, isAnnounced: false, settle: (got) => records.push(...got) },
  };
}

const declaration = declare([
  stage('Source', source()),
  stage('Fetching', source('Again', { outputs: ['More'] })),
  stage(
    'Build',
    action('Compile', { inputs: ['Code'], outputs: ['Package'] }),
    action('Pack', { runOrder: 2, inputs: ['Package'] }),
    action('Sign', { runOrder: 3, inputs: ['Package'] }),
    approval('Ask', { runOrder: 4 }),
    action('Ship', { runOrder: 5 }),
    action('Test', { runOrder: 6 }),
    action('Clean', { runOrder: 7 }),
  ),
]);

test('statements and round trips of the everyday calls', async () => {
  const inner = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
  onTestFinished(() => inner.close());
  await migrate(inner, dialect);
  const cost: Cost = { statements: 0, trips: 0 };
  const clock = createTestClock();
  const openNode = () =>
    createStore(counting(inner, cost), { now: clock.now, limits: defaultQuotas, notifications: createNotifications() });
  const [store, other] = [openNode(), openNode()];
  const [steps, elsewhere] = [store, other].map((node) =>
    stepsOn(
      () => node,
      () => ({ clock, pipelines: 0 }),
    ),
  ) as [Steps, Steps];
  await store.actionTypes.replaceBuiltIn([approvalType]);
  for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, clock.at);
  const counts: Record<string, Cost> = {};
  const count = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    Object.assign(cost, { statements: 0, trips: 0 });
    const result = await call();
    counts[name] = { ...cost };
    return result;
  };
  // What a node reads once, such as declarations and action types, isn't counted.
  const pipeline = await steps.create(declaration);
  for (const node of [steps, elsewhere]) await node.succeed((await node.claimOne()).job.id);
  await steps.succeed((await steps.claimOne(buildType)).job.id);

  const { job } = await count('poll', () => steps.claimOne(buildType));
  await count('acknowledge', () => store.jobs.acknowledge(job.id, newestNonce(job)));
  await count('success', () => steps.succeed(job.id));
  const moved = await count('poll for a job that another node queued', () => elsewhere.claimOne(buildType));
  await count('success after a decision of another node', () => elsewhere.succeed(moved.job.id));
  const asking = await steps.latestAction(pipeline.id, 'Build', 'Ask');
  const key = { kind: 'execution', scope, name: 'Mill', executionId: asking?.executionId ?? '' } as const;
  await count('approval', () =>
    store.advance(key, (snapshot, moment) => {
      const answer = { token: asking?.id ?? '', stageName: 'Build', actionName: 'Ask', updatedBy: 'arn' };
      return approvalResult(snapshot, { ...answer, status: 'Approved', summary: 'go' }, moment);
    }),
  );
  await steps.succeed((await steps.claimOne(buildType)).job.id);
  const { job: tested } = await steps.claimOne(buildType);
  const { held, records } = heldPoll(clock);
  store.handOffTo({ reserve: () => held });
  await count('success with a held poll', () => steps.succeed(tested.id));
  await count('start with a held poll', () => steps.start('Mill'));
  expect(records).toHaveLength(2);
  store.handOffTo({ reserve: () => undefined });
  await steps.succeed(records[1]?.job.id ?? '');
  await count('start', () => steps.start('Mill'));
  expect(counts).toEqual({
    poll: { statements: 2, trips: 2 },
    'poll for a job that another node queued': { statements: 3, trips: 2 },
    acknowledge: { statements: 2, trips: 1 },
    success: { statements: 7, trips: 2 },
    'success after a decision of another node': { statements: 12, trips: 4 },
    approval: { statements: 12, trips: 6 },
    start: { statements: 8, trips: 3 },
    'start with a held poll': { statements: 9, trips: 3 },
    'success with a held poll': { statements: 8, trips: 2 },
  });
});
