import { expect, test } from 'vitest';
import { changesOf, createHarness } from '../../../test/support/engine/harness.ts';
import { twoStages } from '../../../test/support/pipelines/declarations.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { FoundRevision } from '../../model/sources/source-watch.ts';
import { sourceChanged } from './source-changed.ts';

const version: FoundRevision = { cursor: 'v2', revisionId: 'v2' };
const unversioned: FoundRevision = { cursor: 'etag:b' };

function check(source: Snapshot['source'], found: FoundRevision) {
  const harness = createHarness(twoStages());
  const decision = harness.advance({}, (snapshot, moment) =>
    sourceChanged({ ...snapshot, source }, { actionName: 'Fetch', ...found }, moment),
  );
  return { kinds: changesOf(decision).map(({ kind }) => kind), executions: harness.executions() };
}

test('a new revision starts an execution that is bound to it, and the same decision records it', () => {
  const { kinds, executions } = check({ seen: 'v1', isKnown: false, isBeingFetched: false }, version);
  expect(kinds.slice(0, 2)).toEqual(['sourceSeen', 'executionStarted']);
  expect(executions).toMatchObject([
    {
      trigger: { triggerType: 'PollForSourceChanges', triggerDetail: 'Fetch' },
      sourceBindings: [{ actionName: 'Fetch', revisionId: 'v2' }],
    },
  ]);
});

test('without a version id nothing is bound', () => {
  const { executions } = check({ seen: 'etag:a', isKnown: false, isBeingFetched: false }, unversioned);
  expect(executions).toMatchObject([{ sourceBindings: [] }]);
});

test.each<[string, Snapshot['source'], FoundRevision, string[]]>([
  ['a watch that has ended', undefined, version, []],
  ['what the previous check found', { seen: 'v2', isKnown: false, isBeingFetched: false }, version, []],
  ['a source that an execution is fetching', { seen: 'v1', isKnown: false, isBeingFetched: true }, version, []],
  ['a revision that an execution used', { seen: 'v1', isKnown: true, isBeingFetched: false }, version, ['sourceSeen']],
  ['a first check without versions', { isKnown: false, isBeingFetched: false }, unversioned, ['sourceSeen']],
])('%s starts nothing', (_what, source, found, changes) => {
  expect(check(source, found)).toMatchObject({ kinds: changes, executions: [] });
});
