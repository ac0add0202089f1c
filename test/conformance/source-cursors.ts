import { describe, expect, test } from 'vitest';
import { pullRequestChanged } from '../../src/engine/events/pull-request-changed.ts';
import { refChanged } from '../../src/engine/events/ref-changed.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import type { CataloguedActionType } from '../../src/model/action-type.ts';
import type { PullRequestEvent } from '../../src/model/sources/source-ref.ts';
import { type RepositoryNames, sourceCheckKind } from '../../src/model/sources/source-watch.ts';
import { action, actionType, declare, scope, source, stage } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';
import { hookEvent } from './hook-steps.ts';

const minuteMs = 60_000;
const connectionType: CataloguedActionType = actionType({
  category: 'Source',
  owner: 'AWS',
  provider: 'CodeStarSourceConnection',
  inputs: [0, 0],
  properties: [{ name: 'ConnectionArn' }, { name: 'FullRepositoryId' }, { name: 'BranchName' }],
});
const location = { ConnectionArn: 'arn:c', FullRepositoryId: 'team/shop', BranchName: 'main' };
const repository: RepositoryNames = { name: 'shop', fullRepositoryId: 'team/shop' };
const main = 'refs/heads/main';
const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const trigger = {
  sourceActionName: 'Fetch',
  push: [{ branches: { includes: ['**'] } }],
  pullRequest: [{ branches: { includes: ['main'] } }],
};

const watching = ({ configuration = {}, hasTrigger = true, name = 'Mill' } = {}) =>
  declare(
    [
      stage('Source', source('Fetch', { type: connectionType, configuration: { ...location, ...configuration } })),
      stage('Build', action('Compile', { inputs: ['Code'] })),
    ],
    {
      name,
      pipelineType: 'V2',
      executionMode: 'QUEUED',
      ...(hasTrigger && {
        triggers: [{ providerType: 'CodeStarSourceConnection' as const, gitConfiguration: trigger }],
      }),
    },
  );

/** What source actions have seen of the branches, tags and pull requests of a repository. */
export function sourceCursorCases(open: OpenStore): void {
  const bench = useBench(open);
  const create = async (declaration = watching()) => {
    await bench.store.actionTypes.insert(scope, connectionType, {}, bench.clock.at).catch(() => undefined);
    return bench.create(declaration);
  };
  const keyOf = ({ id }: { id: string }) => ({ pipelineId: id, actionName: 'Fetch', location });
  const cursorsOf = async (pipeline: { id: string }) =>
    Object.fromEntries(await bench.store.sourceWatches.cursors({ ...keyOf(pipeline), branch: 'main' }));
  const move = (
    commit: string,
    {
      ref = main,
      comparedWith,
      isPassing = true,
      store = bench.store,
      pipelineVersion = 1,
      place = location,
    }: Moved = {},
  ) =>
    store.advance(
      {
        kind: 'pipeline',
        scope,
        name: 'Mill',
        source: { actionName: 'Fetch', location: place, revisionId: commit, ref },
      },
      (snapshot, moment) =>
        refChanged(snapshot, { actionName: 'Fetch', ref, commit, comparedWith, pipelineVersion, isPassing }, moment),
    );
  const update = (declaration: ReturnType<typeof watching>) =>
    bench.store.pipelines.update(scope, 'Mill', () => declaration, endOutdated);
  const opened: PullRequestEvent = {
    event: 'OPEN',
    id: '7',
    title: 'Faster',
    sourceBranch: 'fast',
    destinationBranch: 'main',
    headCommit: b,
  };
  const takeFirst = async (revision: string) => {
    const { job } = await bench.claimOne(connectionType);
    await bench.succeed(job.id, { currentRevision: { revision, changeIdentifier: 'c' } });
  };

  describe('a cursor', () => {
    test('moves in the commit that starts the execution, which is bound to the ref', async () => {
      const pipeline = await create();
      const started = await move(a, { ref: 'refs/tags/v1' });
      expect(started).toMatchObject({ kind: 'started' });
      await bench.reopen();
      expect(await cursorsOf(pipeline)).toEqual({ 'refs/tags/v1': a });
      const executionId = started.kind === 'started' ? started.executionId : '';
      expect(await bench.store.executions.find(pipeline.id, executionId)).toMatchObject({
        trigger: { triggerType: 'WebhookV2' },
        sourceBindings: [{ actionName: 'Fetch', revisionId: a, ref: { kind: 'tag', name: 'v1' } }],
      });
    });

    test('moves once, also between nodes, and comes back to a commit', async () => {
      await create();
      const nodes = [bench.store, (await bench.another()).store, (await bench.another()).store];
      const moved = await Promise.all([...nodes, ...nodes].map((store) => move(a, { ref: 'refs/heads/x', store })));
      expect(moved.filter(({ kind }) => kind === 'started')).toHaveLength(1);
      bench.clock.pass(1);
      expect(await move(b, { ref: 'refs/heads/x', comparedWith: a })).toMatchObject({ kind: 'started' });
      bench.clock.pass(1);
      expect(await move(a, { ref: 'refs/heads/x', comparedWith: b })).toMatchObject({ kind: 'started' });
      expect(await move(c, { ref: 'refs/heads/x', comparedWith: b })).toEqual({ kind: 'outdated' });
    });

    test('without a trigger yields to executions that took the commit since it moved last', async () => {
      const pipeline = await create(watching({ hasTrigger: false }));
      await bench.claimOne(connectionType);
      expect(await move(a)).toEqual({ kind: 'delayed' });
      expect(await cursorsOf(pipeline)).toEqual({});
    });

    test('without a trigger counts a commit that an execution took only since then', async () => {
      await create(watching({ hasTrigger: false }));
      await takeFirst(a);
      expect(await move(a)).toEqual({ kind: 'known' });
      bench.clock.pass(1);
      expect(await move(b, { comparedWith: a })).toMatchObject({ kind: 'started' });
      bench.clock.pass(1);
      expect(await move(a, { comparedWith: b })).toMatchObject({ kind: 'started' });
    });

    test('of the branch of the action, seen first, yields to the first execution but not to those of other refs', async () => {
      await create();
      await takeFirst(a);
      expect(await move(b, { ref: 'refs/heads/x' })).toMatchObject({ kind: 'started' });
      expect(await move(a)).toEqual({ kind: 'known' });
      await update(watching({ configuration: { BranchName: 'next' } }));
      const place = { ...location, BranchName: 'next' };
      const next = { ref: 'refs/heads/next', pipelineVersion: 2, place };
      expect(await move(b, next)).toMatchObject({ kind: 'started' });
    });

    test('is judged by the current version, and what is judged by another one is outdated', async () => {
      await create();
      await update(watching({ configuration: { OutputArtifactFormat: 'CODE_ZIP' } }));
      expect(await move(a, { ref: 'refs/heads/x' })).toEqual({ kind: 'outdated' });
      expect(await move(a, { ref: 'refs/heads/x', pipelineVersion: 2, isPassing: false })).toEqual({
        kind: 'filtered',
      });
    });

    test('stays when the branch of the action changes, and goes with its repository, action and pipeline', async () => {
      const pipeline = await create();
      await move(a, { ref: 'refs/heads/x' });
      await update(watching({ configuration: { BranchName: 'next' } }));
      expect(await cursorsOf(pipeline)).toEqual({ 'refs/heads/x': a });
      await update(watching({ configuration: { FullRepositoryId: 'team/other' } }));
      expect(await cursorsOf(pipeline)).toEqual({});
      const place = { ...location, FullRepositoryId: 'team/other' };
      expect(await move(a, { ref: 'refs/heads/x', pipelineVersion: 3, place })).toMatchObject({ kind: 'started' });
      await bench.delete('Mill');
      expect(await cursorsOf(pipeline)).toEqual({});
    });

    test('takes over what an earlier version has stored of the branch', async () => {
      const pipeline = await create(watching({ hasTrigger: false }));
      await bench.store.sourceWatches.noteListing(keyOf(pipeline), a);
      await takeFirst(a);
      expect(await bench.store.sourceWatches.cursors({ ...keyOf(pipeline), seen: a, branch: 'main' })).toEqual(
        new Map([[main, a]]),
      );
      expect(await move(a, { comparedWith: a })).toEqual({ kind: 'outdated' });
      expect(await move(b, { comparedWith: a })).toMatchObject({ kind: 'started' });
    });

    test('of many refs is recorded without a start, and forgotten with its ref', async () => {
      const pipeline = await create();
      const refs = Array.from({ length: 2000 }, (_, at) => ({ name: `refs/heads/b${at}`, commit: a }));
      await bench.store.sourceWatches.addCursors(keyOf(pipeline), refs, bench.clock.at);
      expect(Object.keys(await cursorsOf(pipeline))).toHaveLength(2000);
      bench.clock.pass(1000);
      expect(await move(b, { ref: 'refs/heads/b0', comparedWith: a })).toMatchObject({ kind: 'started' });
      const names = refs.map(({ name }) => name);
      await bench.store.sourceWatches.forgetCursors(keyOf(pipeline), names, bench.clock.at);
      expect(await cursorsOf(pipeline), 'moved since the list was read').toEqual({ 'refs/heads/b0': b });
      const elsewhere = { ...keyOf(pipeline), location: { ...location, BranchName: 'other' } };
      await bench.store.sourceWatches.addCursors(elsewhere, refs, bench.clock.at);
      expect(Object.keys(await cursorsOf(pipeline))).toHaveLength(1);
    });
  });

  describe('a hook', () => {
    let received = 0;
    /** Receives an event; returns whether source actions watch its repository. */
    const receive = async (of = scope, names = repository, pullRequest?: PullRequestEvent) => {
      const { repositoryHooks } = bench.store;
      const id = `hook in ${of.region}`;
      await repositoryHooks.ensure(of, [{ repository: 'shop', id }], bench.clock.at);
      received += 1;
      const recorded = await repositoryHooks.record(id, {
        event: hookEvent({ bodyHash: `b${received}`, deliveryId: `d${received}`, pullRequest }),
        repository: names,
        isBodyUnique: true,
        at: bench.clock.at,
      });
      return recorded?.message === hookEvent().message;
    };
    const due = async () => {
      const { at } = bench.clock;
      const work = { kind: sourceCheckKind, at, latestAt: at + minuteMs, leaseUntil: at + minuteMs, limit: 9 };
      const checks = await bench.store.dueWork.claim(work);
      for (const check of checks) await bench.store.dueWork.finish(check, { at, nextAt: at + minuteMs });
      return (await Promise.all(checks.map(({ key }) => bench.store.sourceWatches.ofCheck(key)))).flat();
    };

    test('makes the check of its repository due, which serves all branches and triggers', async () => {
      await create();
      await create(watching({ name: 'Next', configuration: { BranchName: 'next' }, hasTrigger: false }));
      await create(watching({ name: 'Other', configuration: { FullRepositoryId: 'team/other' } }));
      await due();
      expect(await receive(scope, { name: 'team/shop' })).toBe(false);
      const foreign = { ...repository, connectionArn: 'arn:other' };
      expect(await receive(scope, foreign)).toBe(false);
      const elsewhere = { ...scope, region: 'eu-west-1' };
      expect(await receive(elsewhere)).toBe(false);
      expect(await due()).toEqual([]);
      expect(await receive()).toBe(true);
      expect(await due()).toMatchObject([
        { pipeline: { name: 'Mill' }, trigger, hookedAt: bench.clock.at },
        { pipeline: { name: 'Next' }, trigger: undefined, git: { branch: 'next' } },
      ]);
    });

    test('stores an event of a pull request for each trigger, until one decision takes it', async () => {
      const pipeline = await create();
      await create(watching({ name: 'Untouched', hasTrigger: false }));
      const long = { ...opened, event: 'UPDATED' as const, title: 'x'.repeat(1000) };
      for (const event of [opened, long]) await receive(scope, repository, event);
      await bench.reopen();
      const events = await bench.store.sourceWatches.pullRequests(keyOf(pipeline), 9);
      expect(events).toMatchObject([opened, { event: 'UPDATED', title: 'x'.repeat(500) }]);
      const [event, other] = events as [(typeof events)[0], (typeof events)[0]];
      const decide = (store = bench.store, { isPassing = true, one = event } = {}) =>
        store.advance(
          {
            kind: 'pipeline',
            scope,
            name: 'Mill',
            source: { actionName: 'Fetch', location, pullRequest: one.sequence },
          },
          (snapshot, moment) =>
            pullRequestChanged(snapshot, { actionName: 'Fetch', event: one, pipelineVersion: 1, isPassing }, moment),
        );
      const nodes = [bench.store, (await bench.another()).store];
      const outcomes = await Promise.all([...nodes, ...nodes].map((store) => decide(store)));
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['outdated', 'outdated', 'outdated', 'started']);
      expect(await decide(bench.store, { isPassing: false, one: other })).toEqual({ kind: 'filtered' });
      expect(await bench.store.sourceWatches.pullRequests(keyOf(pipeline), 9)).toEqual([]);
      const [newest] = await bench.store.executions.list(pipeline.id, { limit: 1 });
      const { event: _, headCommit, ...pullRequest } = opened;
      expect(newest?.sourceBindings).toEqual([
        { actionName: 'Fetch', revisionId: headCommit, ref: { kind: 'pullRequest', ...pullRequest } },
      ]);
    });
  });
}

interface Moved {
  ref?: string;
  comparedWith?: string;
  isPassing?: boolean;
  store?: ReturnType<typeof useBench>['store'];
  pipelineVersion?: number;
  place?: Record<string, string>;
}
