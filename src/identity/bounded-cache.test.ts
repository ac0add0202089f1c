import { expect, test } from 'vitest';
import { createBoundedCache } from './bounded-cache.ts';

test('never holds more than its capacity', () => {
  const cache = createBoundedCache<number>(3);
  for (let index = 0; index < 100; index += 1) cache.set(`key ${index}`, index);
  expect(cache.size).toBe(3);
  expect(cache.get('key 99')).toBe(99);
  expect(cache.get('key 96')).toBeUndefined();
});

test('what was read last stays longest', () => {
  const cache = createBoundedCache<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
});

test('writing a key again replaces it and pushes nothing out', () => {
  const cache = createBoundedCache<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.set('b', 3);
  expect([cache.get('a'), cache.get('b')]).toEqual([1, 3]);
  cache.delete('a');
  expect(cache.size).toBe(1);
});
