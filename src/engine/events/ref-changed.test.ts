import { describe, expect, test } from 'vitest';
import { changesOf, createHarness } from '../../../test/support/engine/harness.ts';
import { action, actionType, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { PullRequestEvent } from '../../model/sources/source-ref.ts';
import { pullRequestChanged } from './pull-request-changed.ts';
import { type RefChange, refChanged } from './ref-changed.ts';

const connectionType = actionType({
  category: 'Source',
  owner: 'AWS',
  provider: 'CodeStarSourceConnection',
  inputs: [0, 0],
  properties: [{ name: 'ConnectionArn' }, { name: 'FullRepositoryId' }, { name: 'BranchName' }],
});
const location = { ConnectionArn: 'arn:c', FullRepositoryId: 'team/shop', BranchName: 'main' };
const push = [{ branches: { includes: ['**'] } }];

function pipeline({ hasTrigger }: { hasTrigger: boolean }) {
  const gitConfiguration = { sourceActionName: 'Fetch', push };
  return createHarness(
    declare(
      [
        stage('Source', source('Fetch', { type: connectionType, configuration: location })),
        stage('Build', action('Compile', { inputs: ['Code'] })),
      ],
      {
        pipelineType: 'V2',
        triggers: hasTrigger ? [{ providerType: 'CodeStarSourceConnection', gitConfiguration }] : undefined,
      },
    ),
  );
}

const unseen = { isKnown: false, isBeingFetched: false };
const main = 'refs/heads/main';

function move(
  found: Snapshot['source'],
  { hasTrigger = true, ...change }: Partial<RefChange> & { hasTrigger?: boolean } = {},
) {
  const harness = pipeline({ hasTrigger });
  const decision = harness.advance({}, (snapshot, moment) =>
    refChanged(
      { ...snapshot, source: found },
      {
        actionName: 'Fetch',
        ref: main,
        commit: 'b',
        comparedWith: found?.seen,
        pipelineVersion: snapshot.pipeline.version,
        isPassing: true,
        ...change,
      },
      moment,
    ),
  );
  if ('refuse' in decision) throw new Error(decision.message);
  const [seen] = changesOf(decision);
  return { seen, kind: decision.answer.kind, executions: harness.executions() };
}

describe('a branch or tag that has moved', () => {
  test('starts an execution that is bound to it, and the same decision records that', () => {
    const { seen, kind, executions } = move({ ...unseen, seen: 'a' }, { ref: 'refs/heads/release/1' });
    expect(kind).toBe('started');
    expect(seen).toEqual({
      kind: 'refSeen',
      actionName: 'Fetch',
      ref: 'refs/heads/release/1',
      commit: 'b',
      isStarted: true,
    });
    const [execution] = executions;
    expect(execution).toMatchObject({
      trigger: { triggerType: 'WebhookV2' },
      sourceBindings: [{ actionName: 'Fetch', revisionId: 'b', ref: { kind: 'branch', name: 'release/1' } }],
    });
    expect(JSON.parse(execution?.trigger.triggerDetail ?? '')).toEqual({
      'branch-name': 'release/1',
      'commit-id': 'b',
      'full-repository-name': 'team/shop',
      'connection-arn': 'arn:c',
    });
    expect(execution?.actions[0]?.start).toMatchObject({
      ref: { kind: 'branch', name: 'release/1' },
      outputArtifacts: [{ revision: 'b' }],
    });
  });

  test('without a trigger starts one for the push to the connection', () => {
    const { executions } = move({ ...unseen, seen: 'a' }, { hasTrigger: false });
    expect(executions).toMatchObject([
      {
        trigger: { triggerType: 'Webhook', triggerDetail: 'arn:c' },
        sourceBindings: [{ actionName: 'Fetch', revisionId: 'b' }],
      },
    ]);
  });

  test('has a detail that the API can return, however long its name is', () => {
    const { executions } = move({ ...unseen }, { ref: `refs/tags/${'v'.repeat(990)}` });
    expect(JSON.parse(executions[0]?.trigger.triggerDetail ?? '')).toEqual({ 'commit-id': 'b' });
  });

  test.each<[string, Snapshot['source'], Parameters<typeof move>[1], string]>([
    ['whose watch has ended', undefined, {}, 'outdated'],
    ['that was seen', { ...unseen, seen: 'b' }, {}, 'outdated'],
    ['that another node has seen elsewhere', { ...unseen, seen: 'c' }, { comparedWith: 'a' }, 'outdated'],
    ['that is not new any more', { ...unseen, seen: 'a' }, { comparedWith: undefined }, 'outdated'],
    ['judged by an earlier version', { ...unseen, seen: 'a' }, { pipelineVersion: 0 }, 'outdated'],
    ['that does not pass', { ...unseen, seen: 'a', isBeingFetched: true }, { isPassing: false }, 'filtered'],
    ['seen first, while it is being fetched', { ...unseen, isBeingFetched: true }, {}, 'delayed'],
    [
      'seen first and not passing, while it is being fetched',
      { ...unseen, isBeingFetched: true },
      { isPassing: false },
      'delayed',
    ],
    ['seen first, after an execution took it', { ...unseen, isKnown: true }, {}, 'known'],
    [
      'without a trigger, while it is being fetched',
      { seen: 'a', isKnown: false, isBeingFetched: true },
      { hasTrigger: false },
      'delayed',
    ],
    [
      'without a trigger, after an execution took it',
      { seen: 'a', isKnown: true, isBeingFetched: false },
      { hasTrigger: false },
      'known',
    ],
  ])('starts nothing: %s', (_what, found, change, expected) => {
    const { kind, executions, seen } = move(found, change);
    expect({ kind, executions }).toEqual({ kind: expected, executions: [] });
    expect(seen?.kind).toBe(expected === 'filtered' || expected === 'known' ? 'refSeen' : undefined);
  });

  test.each<[string, Snapshot['source'], string]>([
    ['that is the branch of the action and was seen', { seen: 'a', isKnown: true, isBeingFetched: true }, main],
    ['that is another new branch', { isKnown: true, isBeingFetched: true }, 'refs/heads/next'],
    ['that is a new tag', { isKnown: true, isBeingFetched: true }, 'refs/tags/main'],
  ])('starts with a trigger, whatever executions have taken: %s', (_what, found, ref) => {
    expect(move(found, { ref }).kind).toBe('started');
  });
});

describe('an event of a pull request', () => {
  const event: PullRequestEvent & { sequence: number } = {
    sequence: 7,
    event: 'UPDATED',
    id: '12',
    title: 'Faster',
    sourceBranch: 'fast',
    destinationBranch: 'main',
    headCommit: 'b',
  };

  function decide(found: Snapshot['source'], { isPassing = true, pipelineVersion = 1 } = {}) {
    const harness = pipeline({ hasTrigger: true });
    const decision = harness.advance({}, (snapshot, moment) =>
      pullRequestChanged(
        { ...snapshot, source: found },
        { actionName: 'Fetch', event, pipelineVersion, isPassing },
        moment,
      ),
    );
    if ('refuse' in decision) throw new Error(decision.message);
    return { kind: decision.answer.kind, changes: changesOf(decision), executions: harness.executions() };
  }

  test('starts an execution of the source branch and is taken', () => {
    const { kind, changes, executions } = decide({ ...unseen, isPending: true });
    expect(kind).toBe('started');
    expect(changes[0]).toEqual({ kind: 'pullRequestTaken', actionName: 'Fetch', sequence: 7 });
    const { sequence: _, event: __, headCommit, ...pullRequest } = event;
    expect(executions[0]?.sourceBindings).toEqual([
      { actionName: 'Fetch', revisionId: headCommit, ref: { kind: 'pullRequest', ...pullRequest } },
    ]);
    expect(JSON.parse(executions[0]?.trigger.triggerDetail ?? '')).toMatchObject({
      'pull-request-id': '12',
      'pull-request-event': 'UPDATED',
      'source-branch-name': 'fast',
      'destination-branch-name': 'main',
      'commit-id': 'b',
    });
  });

  test('is taken without a start if it does not pass', () => {
    const { kind, changes, executions } = decide({ ...unseen, isPending: true }, { isPassing: false });
    expect({ kind, executions }).toEqual({ kind: 'filtered', executions: [] });
    expect(changes).toEqual([{ kind: 'pullRequestTaken', actionName: 'Fetch', sequence: 7 }]);
  });

  test.each([
    ['was taken by another node', { ...unseen, isPending: false }, 1],
    ['was judged by an earlier version', { ...unseen, isPending: true }, 0],
    ['belongs to a watch that has ended', undefined, 1],
  ])('changes nothing if it %s', (_what, found, pipelineVersion) => {
    expect(decide(found, { pipelineVersion })).toEqual({ kind: 'outdated', changes: [], executions: [] });
  });
});
