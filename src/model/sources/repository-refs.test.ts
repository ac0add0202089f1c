import { expect, test } from 'vitest';
import { eventsOfRefs } from './repository-refs.ts';

const repository = { account: '123456789012', region: 'eu-west-1', name: 'shop' };

test('refs that were created, changed and deleted are events in the form of CodeCommit', () => {
  const from = { 'refs/heads/main': 'a1', 'refs/heads/old': 'b1', 'refs/tags/v1': 'c1' };
  const to = { 'refs/heads/main': 'a2', 'refs/tags/v1': 'c1', 'refs/tags/v2': 'd1', HEAD: 'a2' };
  const events = eventsOfRefs(repository, { from, to, at: 7 });
  expect(events).toHaveLength(3);
  expect(events[0]).toEqual({
    account: '123456789012',
    region: 'eu-west-1',
    at: 7,
    source: 'aws.codecommit',
    'detail-type': 'CodeCommit Repository State Change',
    resources: ['arn:aws:codecommit:eu-west-1:123456789012:shop'],
    detail: {
      event: 'referenceUpdated',
      repositoryName: 'shop',
      repositoryId: 'shop',
      referenceType: 'branch',
      referenceName: 'main',
      referenceFullName: 'refs/heads/main',
      commitId: 'a2',
      oldCommitId: 'a1',
    },
  });
  expect(events.slice(1).map(({ detail }) => [detail.event, detail.referenceName, detail.commitId])).toEqual([
    ['referenceDeleted', 'old', undefined],
    ['referenceCreated', 'v2', 'd1'],
  ]);
});
