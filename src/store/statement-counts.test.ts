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
import { createGroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { createNotifications } from './notifications.ts';
import { mostLocksAtOnce } from './pipelines/pipeline-locks.ts';
import { dialect, openSqlite } from './sqlite/database.ts';
import { createStore, type JobRecord, type ReservedPoll, type Store } from './store.ts';

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
  ),
]);

/** Opens a database whose calls are counted, and nodes on it; with `isGrouping` they commit in groups by themselves. */
async function openCounted() {
  const inner = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
  onTestFinished(() => inner.close());
  await migrate(inner, dialect);
  const cost: Cost = { statements: 0, trips: 0 };
  const clock = createTestClock();
  const fixture = { clock, pipelines: 0 };
  const open = ({ isGrouping }: { isGrouping: boolean }): Steps => {
    const database = counting(inner, cost);
    const store = createStore(database, {
      now: clock.now,
      limits: defaultQuotas,
      notifications: createNotifications(),
      ...(isGrouping ? { groupCommit: createGroupCommit(database) } : {}),
    });
    return stepsOn(
      () => store,
      () => fixture,
    );
  };
  return { cost, clock, open };
}

test('starts that arrive together lock their pipelines by one statement and share a commit', async () => {
  const { cost, clock, open } = await openCounted();
  const steps = open({ isGrouping: true });
  for (const type of catalogue) await steps.store.actionTypes.insert(scope, type, {}, clock.at);
  const names = Array.from({ length: mostLocksAtOnce }, (_, index) => `Mill${index}`);
  for (const name of names) await steps.create({ ...declaration, name }, { name });
  const startAll = () => Promise.all(names.map((name) => steps.start(name)));
  await startAll();
  // What is known stays known when a decision is refused, whether its transaction is committed or rolled back.
  const twice = { variables: Array(2).fill({ name: 'Same', value: 'v' }) };
  const refused = (name: string) => expect(steps.start(name, twice)).rejects.toThrow('must be unique');
  await Promise.all([refused('Mill0'), steps.start('Mill1')]);
  await refused('Mill2');
  Object.assign(cost, { statements: 0, trips: 0 });
  await startAll();
  expect(cost).toEqual({ statements: 3 + 2 * mostLocksAtOnce, trips: 2 });
});

test('statements and round trips of the everyday calls', async () => {
  const { cost, clock, open } = await openCounted();
  const [steps, elsewhere] = [open({ isGrouping: false }), open({ isGrouping: false })];
  const { store } = steps;
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
  const approve = async (node: Store) => {
    const asking = await steps.latestAction(pipeline.id, 'Build', 'Ask');
    const execution = { executionId: asking?.executionId ?? '', actionId: asking?.id, onlyContinues: true };
    return () =>
      node.advance(
        { kind: 'execution', scope, name: 'Mill', ...execution },
        (snapshot, moment) => {
          const answer = { token: asking?.id ?? '', stageName: 'Build', actionName: 'Ask', updatedBy: 'arn' };
          return approvalResult(snapshot, { ...answer, status: 'Approved', summary: 'go' }, moment);
        },
        { callerArn: 'arn', accessKeyId: 'AKIA1', requestId: 'r1' },
      );
  };
  await count('approval after a decision of another node', await approve(store));
  await steps.succeed((await steps.claimOne(buildType)).job.id);

  const { held, records } = heldPoll(clock);
  store.handOffTo({ reserve: () => held });
  await count('start with a held poll', () => steps.start('Mill'));
  for (let number = 0; number < 3; number += 1) await steps.succeed(records.at(-1)?.job.id ?? '');
  await count('success with a held poll', () => steps.succeed(records.at(-1)?.job.id ?? ''));
  await steps.succeed(records.at(-1)?.job.id ?? '');
  store.handOffTo({ reserve: () => undefined });

  await count('approval', await approve(store));
  const { job: last } = await steps.claimOne(buildType);
  await count('success that ends the execution', () => steps.succeed(last.id));
  await count('start', () => steps.start('Mill'));
  await count('start that waits', () => steps.start('Mill'));
  await count('start that supersedes the one that waits', () => steps.start('Mill'));
  const { job: freeing } = await steps.claimOne();
  await count('success that also lets another execution in', () => steps.succeed(freeing.id));
  expect(counts).toEqual({
    poll: { statements: 2, trips: 2 },
    'poll for a job that another node queued': { statements: 3, trips: 2 },
    acknowledge: { statements: 2, trips: 1 },
    success: { statements: 8, trips: 2 },
    'success after a decision of another node': { statements: 13, trips: 4 },
    'success that also lets another execution in': { statements: 15, trips: 2 },
    'success that ends the execution': { statements: 8, trips: 2 },
    approval: { statements: 6, trips: 2 },
    'approval after a decision of another node': { statements: 12, trips: 4 },
    start: { statements: 6, trips: 2 },
    'start that waits': { statements: 3, trips: 2 },
    'start that supersedes the one that waits': { statements: 4, trips: 2 },
    'start with a held poll': { statements: 7, trips: 2 },
    'success with a held poll': { statements: 9, trips: 2 },
  });
});
