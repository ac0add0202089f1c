import { expect, test } from 'vitest';
import { changesOf, createWorld } from '../../../test/support/engine/harness.ts';
import { twoStages } from '../../../test/support/pipelines/declarations.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { FoundRevision } from '../../model/source-watch.ts';
import { sourceChanged } from './source-changed.ts';

const version: FoundRevision = { cursor: 'v2', revisionId: 'v2' };
const unversioned: FoundRevision = { cursor: 'etag:b' };

function look(source: Snapshot['source'], found: FoundRevision) {
  const world = createWorld(twoStages());
  const decision = world.advance({}, (snapshot, moment) =>
    sourceChanged({ ...snapshot, source }, { actionName: 'Fetch', ...found }, moment),
  );
  return { kinds: changesOf(decision).map(({ kind }) => kind), executions: world.executions() };
}

test('a new revision starts an execution that is bound to it, and the same decision records it', () => {
  const { kinds, executions } = look({ seen: 'v1', isKnown: false, isBeingTaken: false }, version);
  expect(kinds.slice(0, 2)).toEqual(['sourceSeen', 'executionStarted']);
  expect(executions).toMatchObject([
    {
      trigger: { triggerType: 'PollForSourceChanges', triggerDetail: 'Fetch' },
      sourceBindings: [{ actionName: 'Fetch', revisionId: 'v2' }],
    },
  ]);
});

test('without a version id nothing is bound', () => {
  const { executions } = look({ seen: 'etag:a', isKnown: false, isBeingTaken: false }, unversioned);
  expect(executions).toMatchObject([{ sourceBindings: [] }]);
});

test.each<[string, Snapshot['source'], FoundRevision, string[]]>([
  ['a watch that has ended', undefined, version, []],
  ['what the last look found', { seen: 'v2', isKnown: false, isBeingTaken: false }, version, []],
  ['a source that an execution is just taking', { seen: 'v1', isKnown: false, isBeingTaken: true }, version, []],
  ['a revision that an execution took', { seen: 'v1', isKnown: true, isBeingTaken: false }, version, ['sourceSeen']],
  ['a first look without versions', { isKnown: false, isBeingTaken: false }, unversioned, ['sourceSeen']],
])('%s starts nothing', (_what, source, found, changes) => {
  expect(look(source, found)).toMatchObject({ kinds: changes, executions: [] });
});
