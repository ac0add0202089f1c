import { expect, test } from 'vitest';
import { freeMemory } from './chunks.ts';

test('frees a buffer, but no memory that it shares', () => {
  const [whole, shared] = [Buffer.alloc(10, 'a'), Buffer.alloc(10, 'b')];
  const pooled = Buffer.from('pooled');
  freeMemory([whole, shared.subarray(1), pooled]);
  freeMemory([whole]);
  expect(whole.length).toBe(0);
  expect(shared.toString()).toBe('bbbbbbbbbb');
  expect(pooled.toString()).toBe('pooled');
});
