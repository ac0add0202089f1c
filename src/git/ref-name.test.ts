import { expect, test } from 'vitest';
import { isRefName } from './ref-name.ts';

test.each([
  'refs/heads/main',
  'refs/tags/v1.2',
  'refs/heads/a/b-c_d@e',
  'refs/heads/größe',
  `refs/heads/${'x'.repeat(1000)}`,
])('%s is the name of a branch or tag', (name) => expect(isRefName(name)).toBe(true));

test.each([
  'main',
  'refs/pull/1/head',
  'refs/heads/',
  'refs/heads/-x',
  'refs/heads/a b',
  'refs/heads/a..b',
  'refs/heads/a\nb',
  'refs/heads/a\u0000b',
  'refs/heads/a:refs/heads/b',
  'refs/heads/*',
  'refs/heads/a.lock',
  'refs/heads/.a',
  'refs/heads/a/',
  'refs/heads/not-utf8-\ufffd',
  `refs/heads/${'x'.repeat(1001)}`,
  `refs/heads/${'ü'.repeat(501)}`,
  `refs/heads/${'a/'.repeat(30_000)}`,
])('%j is not', (name) => expect(isRefName(name)).toBe(false));
