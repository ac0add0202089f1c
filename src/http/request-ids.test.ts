import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRequestIds } from './request-ids.ts';

test('ids have the form of a UUID, and no two are the same, in one process or in two', () => {
  const makers = [createRequestIds(randomUUID), createRequestIds(randomUUID)];
  const ids = makers.flatMap((next) => Array.from({ length: 1000 }, next));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(2000);
});
