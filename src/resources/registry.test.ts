import { expect, test } from 'vitest';
import { findMistakes } from './check-document.ts';
import { registry } from './registry.ts';

const url = 'https://images.example.com';

test.each([
  { url },
  { url: 'http://localhost:5000/mirror', repositories: ['shop', 'team/*', 'team/a_b/c-d'] },
  { url, username: 'ada', password: 'hush', tokenService: 'https://auth.example.com' },
  { url, registryId: '123456789012' },
])('%j is a registry', (document) => {
  expect(findMistakes(registry, document)).toEqual([]);
});

test.each([
  [{}, /'url' is missing/],
  [{ url: 'images.example.com' }, /url: it is not a URL/],
  [{ url: 'oci://images.example.com' }, /url: the scheme oci is neither http nor https/],
  [{ url: 'https://ada:hush@images.example.com' }, /url: it has a user name or a password/],
  [{ url: `${url}?a=b` }, /url: it has a query/],
  [{ url: ' https://images.example.com' }, /url: it has a space/],
  [{ url, repositories: ['shop', 'Team/*'] }, /repositories: 'Team\/\*' is neither/],
  [{ url, repositories: ['shop/'] }, /repositories: 'shop\/' is neither/],
  [{ url, repositories: 'shop' }, /repositories: expected a list/],
  [{ url, username: 'ada' }, /username: it needs a password/],
  [{ url, password: 'hush' }, /password: it needs a username/],
  [{ url, username: 'a:b', password: 'hush' }, /username: it has a colon/],
  [{ url, registryId: 'own' }, /registryId: expected twelve digits/],
  [{ url, tokenService: 'ftp://auth.example.com' }, /tokenService: the scheme ftp/],
])('%j has one mistake: %s', (document, message) => {
  expect(findMistakes(registry, document)).toEqual([
    { message: expect.stringMatching(message), ...memberOf(document) },
  ]);
});

function memberOf(document: object) {
  return 'url' in document ? { member: expect.any(String) } : {};
}
