import { expect, test } from 'vitest';
import type { Right } from '../protocol/access.ts';
import type { ObjectCall } from '../protocol/call.ts';
import { allowedDeletions } from './delete-objects.ts';

const deletions = Array.from({ length: 60 }, (_, index) => ({
  key: `key-${index}`,
  versionId: undefined,
  ifEtag: undefined,
  newVersionId: 'v',
}));

/** Creates a call whose policies take `ms` to evaluate and allow every other key. */
function slowCall(ms: number): ObjectCall {
  const isAllowed = ({ key = '' }: Right) => {
    for (const endsAt = performance.now() + ms; performance.now() < endsAt; );
    return Number(key.slice('key-'.length)) % 2 === 0;
  };
  const policies = { get: () => undefined };
  return {
    bucket: 'b',
    query: new Map(),
    header: () => undefined,
    policies,
    access: { isAllowed },
  } as unknown as ObjectCall;
}

test('yields to the event loop while slow policies are evaluated for many keys', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const allowed = await allowedDeletions(slowCall(1), deletions as Parameters<typeof allowedDeletions>[1]);
  isOver = true;
  expect(allowed.map(({ key }) => key)).toEqual(deletions.filter((_, index) => index % 2 === 0).map(({ key }) => key));
  expect(turns).toBeGreaterThan(5);
});
