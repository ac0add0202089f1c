import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createTestClock, minuteMs } from '../../test/support/engine/test-clock.ts';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import {
  action,
  actionType,
  declare,
  pipelineOf,
  scope,
  source,
  stage,
} from '../../test/support/pipelines/declarations.ts';
import type { GitConfiguration } from '../contract/generated.ts';
import { endOutdated } from '../engine/events/update-pipeline.ts';
import { defaultQuotas } from '../model/quotas.ts';
import type { FoundRef } from '../model/sources/source-watch.ts';
import { migrate } from '../store/migrate.ts';
import { createNotifications } from '../store/notifications.ts';
import { requestRepositoryChecks } from '../store/pipelines/repository-watches.ts';
import { dialect, openSqlite } from '../store/sqlite/database.ts';
import { createStore } from '../store/store.ts';
import type { RepositoryReader } from './repository-reader.ts';
import { createSourceChecks } from './source-checks.ts';

const connectionType = actionType({
  category: 'Source',
  owner: 'AWS',
  provider: 'CodeStarSourceConnection',
  inputs: [0, 0],
  properties: [{ name: 'ConnectionArn' }, { name: 'FullRepositoryId' }, { name: 'BranchName' }],
});
const [a, b] = ['a', 'b'].map((digit) => digit.repeat(40)) as [string, string];
const heads = (...names: string[]): FoundRef[] => names.map((name) => ({ name: `refs/heads/${name}`, commit: a }));

function watching(push: GitConfiguration['push'] | undefined, { name = 'Mill', branch = 'main' } = {}) {
  const configuration = { ConnectionArn: 'arn:c', FullRepositoryId: 'team/shop', BranchName: branch };
  return declare(
    [
      stage('Source', source('Fetch', { type: connectionType, configuration })),
      stage('Build', action('Compile', { inputs: ['Code'] })),
    ],
    {
      name,
      pipelineType: 'V2',
      executionMode: 'QUEUED',
      triggers: push && [
        { providerType: 'CodeStarSourceConnection', gitConfiguration: { sourceActionName: 'Fetch', push } },
      ],
    },
  );
}

/** Opens a store, and checks whose repository is what a test says. */
async function setUp() {
  const database = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
  onTestFinished(() => database.close());
  await migrate(database, dialect);
  const clock = createTestClock();
  const { now } = clock;
  const store = createStore(database, { now, limits: defaultQuotas, notifications: createNotifications() });
  await store.actionTypes.insert(scope, connectionType, {}, clock.at);
  const repository = {
    refs: heads('main'),
    files: [] as string[],
    wanted: [] as unknown[],
    compared: 0,
    unreadable: new Set<string>(),
  };
  const reader: RepositoryReader = {
    async listRefs(_watch, wanted) {
      repository.wanted.push(wanted);
      return repository.refs;
    },
    async comparePush(_watch, { ref }) {
      repository.compared += 1;
      if (repository.unreadable.has(ref)) throw new Error('gone');
      return { isRewritten: false, files: repository.files };
    },
    filesOfPullRequest: async () => repository.files,
    messageOf: async () => '',
  };
  const check = async () => undefined;
  const log = pino({ level: 'silent' });
  const settings = { intervalMs: minuteMs, maxFiles: 100, skipsMarkedCommits: false };
  const handler = createSourceChecks({ store, check, reader, log, ...settings });
  const create = async (declaration: ReturnType<typeof watching>) => {
    const pipeline = pipelineOf(declaration, { id: `pipeline-${declaration.name}` });
    await store.pipelines.create(pipeline, declaration, {}, () => ({ changes: [], answer: undefined }));
    return pipeline;
  };
  /** Does the check that is due, and returns the pause after it in ms. */
  const run = async () => {
    clock.pass(15 * minuteMs);
    const { at } = clock;
    const due = { kind: handler.kind, at, latestAt: at, leaseUntil: at + minuteMs, limit: 1 };
    const [work] = await store.dueWork.claim(due);
    if (!work) throw new Error('no check is due');
    const result = await handler.run(work, at, new AbortController().signal);
    await store.dueWork.finish(work, { at, ...result });
    return (result.nextAt ?? 0) - at;
  };
  const started = async (id = 'pipeline-Mill') =>
    (await store.executions.list(id, { limit: 99 })).map(({ sourceBindings }) => sourceBindings[0]?.ref).reverse();
  const named = (...names: string[]) => names.map((name) => ({ kind: 'branch', name }));
  const receiveHook = () =>
    database.write((sql) =>
      requestRepositoryChecks(sql, scope, { name: 'shop', fullRepositoryId: 'team/shop' }, clock.at),
    );
  return { store, clock, repository, create, run, receiveHook, started, named };
}

describe('one check of a repository', () => {
  test('asks for the branches by name, or for all that triggers need', async () => {
    const { repository, create, run } = await setUp();
    await create(watching(undefined));
    await create(watching(undefined, { name: 'Next', branch: 'next' }));
    repository.refs = heads('main', 'next');
    await run();
    await create(watching([{ tags: { includes: ['v*'] } }], { name: 'Tagged' }));
    await run();
    expect(repository.wanted).toEqual([
      { branches: true, tags: false, names: ['refs/heads/main', 'refs/heads/next'] },
      { branches: true, tags: true },
    ]);
  });

  test('compares a push once for all pipelines', async () => {
    const { repository, create, run, started } = await setUp();
    const names = ['One', 'Two', 'Three'];
    for (const name of names) await create(watching(undefined, { name }));
    await run();
    repository.refs = [{ name: 'refs/heads/main', commit: b }];
    repository.compared = 0;
    await run();
    const starts = await Promise.all(names.map((name) => started(`pipeline-${name}`)));
    expect(starts.map(({ length }) => length)).toEqual([2, 2, 2]);
    expect(repository.compared).toBe(1);
  });

  test('is repeated after a minute, and after ten if hooks arrive', async () => {
    const { clock, create, run, receiveHook } = await setUp();
    await create(watching([{ branches: { includes: ['main'] } }]));
    await run();
    const pause = await run();
    expect(pause).toBeLessThanOrEqual(minuteMs);
    expect(pause).toBeGreaterThan(50_000);
    await receiveHook();
    expect(await run()).toBeGreaterThan(9 * minuteMs);
    clock.pass(31 * 24 * 60 * minuteMs);
    expect(await run(), 'the hook may have been removed').toBeLessThanOrEqual(minuteMs);
  });

  test('is not repeated less often because branches are missing', async () => {
    const { store, repository, create, run } = await setUp();
    await create(watching(undefined));
    const { id } = await create(watching(undefined, { name: 'Next', branch: 'missing' }));
    expect(await run()).toBeLessThanOrEqual(minuteMs);
    expect([...(await store.sourceWatches.failures(id)).values()]).toMatchObject([
      { code: 'ConfigurationError', message: "The repository has no branch 'missing'." },
    ]);
    repository.refs = heads('other');
    const pauses = [await run(), await run(), await run()];
    expect(Math.max(...pauses)).toBeLessThanOrEqual(minuteMs);
  });
});

describe('the refs of a trigger', () => {
  const all = [{ branches: { includes: ['**'] } }];

  test('that are there first are recorded, later ones start', async () => {
    const { repository, create, run, started, named } = await setUp();
    await create(watching(all));
    repository.refs = heads('main', 'b1', 'b2');
    await run();
    repository.refs = heads('main', 'b1', 'b2', 'b3');
    await run();
    await run();
    expect(await started()).toEqual(named('main', 'b3'));
  });

  test('are kept while a list is empty, and new once they were gone from one', async () => {
    const { repository, create, run, started, named } = await setUp();
    await create(watching(all));
    repository.refs = heads('main', 'b1');
    await run();
    for (const refs of [[], heads('main', 'b1'), heads('main'), heads('main', 'b1')]) {
      repository.refs = refs;
      await run();
    }
    expect(await started()).toEqual(named('main', 'b1'));
  });

  test('one that cannot be compared holds up no other, and is tried again', async () => {
    const { repository, create, run, started, named } = await setUp();
    await create(watching([{ branches: { includes: ['**'] }, filePaths: { includes: ['src/**'] } }]));
    repository.refs = heads('b1', 'b2');
    await run();
    repository.refs = repository.refs.map((ref) => ({ ...ref, commit: b }));
    repository.files = ['src/a'];
    repository.unreadable.add('refs/heads/b1');
    await run();
    expect(await started()).toEqual(named('b2'));
    repository.unreadable.clear();
    await run();
    expect(await started()).toEqual(named('b2', 'b1'));
  });

  test('that moved while the trigger did not look at them start nothing when it does again', async () => {
    const { store, repository, create, run, started, named } = await setUp();
    await create(watching(all));
    repository.refs = heads('main', 'b1');
    await run();
    const update = (push: GitConfiguration['push']) =>
      store.pipelines.update(scope, 'Mill', () => watching(push), endOutdated);
    await update([{ branches: { includes: ['main'] } }]);
    repository.refs = [...heads('main'), { name: 'refs/heads/b1', commit: b }];
    await run();
    await update(all);
    await run();
    expect(await started()).toEqual(named('main'));
  });

  test('are judged in slices, however many they are and however bad the patterns', async () => {
    const { repository, create, run, started, named } = await setUp();
    const bad = Array.from({ length: 8 }, (_, at) => `**${at}${'?'.repeat(200)}`);
    await create(watching([{ branches: { includes: ['**'], excludes: bad } }]));
    repository.refs = heads(
      'main',
      ...Array.from({ length: 3000 }, (_, at) => `branch/${'0123456789'.repeat(8)}${at}`),
    );
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await run();
    isOver = true;
    expect(turns).toBeGreaterThan(5);
    expect(await started()).toEqual(named('main'));
  });
});
