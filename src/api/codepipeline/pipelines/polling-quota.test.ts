import { expect, test } from 'vitest';
import type { ActionTypeId } from '../../../contract/generated.ts';
import { isPolling } from './polling-quota.ts';

const polls = (id: Partial<ActionTypeId>, configuration?: Record<string, string>) =>
  isPolling({
    stages: [
      {
        actions: [
          { actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1', ...id }, configuration },
        ],
      },
    ],
  });

test.each<[boolean, Partial<ActionTypeId>, Record<string, string> | undefined]>([
  [true, {}, undefined],
  [true, {}, { S3Bucket: 'b' }],
  [true, {}, { PollForSourceChanges: 'TRUE' }],
  [true, { provider: 'CodeCommit' }, {}],
  [true, { owner: 'ThirdParty', provider: 'GitHub' }, {}],
  [false, {}, { PollForSourceChanges: 'false' }],
  [false, {}, { PollForSourceChanges: 'yes' }],
  [false, { provider: 'ECR' }, {}],
  [false, { provider: 'CodeStarSourceConnection' }, {}],
  [false, { owner: 'Custom' }, {}],
  [false, { category: 'Deploy' }, {}],
])('polls is %s for %j with %j (behaviour C.11)', (expected, id, configuration) => {
  expect(polls(id, configuration)).toBe(expected);
});
