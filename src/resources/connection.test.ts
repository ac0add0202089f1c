import { expect, test } from 'vitest';
import { findMistakes } from './check-document.ts';
import { connectedUrl, connection } from './connection.ts';

const arn = 'arn:aws:codeconnections:us-east-1:123456789012:connection/c1';

test.each([
  [{ arn }, 'https://github.com/team/shop.git'],
  [{ arn, providerType: 'GitLab' }, 'https://gitlab.com/team/shop.git'],
  [{ arn, providerType: 'Bitbucket' }, 'https://bitbucket.org/team/shop.git'],
  [{ arn, providerType: 'GitLabSelfManaged' }, undefined],
  [{ arn, url: 'https://git.example.com' }, 'https://git.example.com/team/shop.git'],
  [{ arn, url: 'https://git.example.com/scm/' }, 'https://git.example.com/scm/team/shop.git'],
  [{ arn, url: 'git@git.example.com:' }, 'git@git.example.com:team/shop.git'],
  [{ arn, url: 'git@git.example.com' }, 'git@git.example.com:team/shop.git'],
  [{ arn, url: 'git@git.example.com:scm' }, 'git@git.example.com:scm/team/shop.git'],
  [{ arn, url: 'ssh://git@git.example.com:2222' }, 'ssh://git@git.example.com:2222/team/shop.git'],
])('%j has its repositories at %s', (document, url) => {
  expect(connectedUrl(document, 'team/shop')).toBe(url);
});

test.each([
  '../shop',
  'team/../shop',
  'team/.git',
  '-team/shop',
  'team/-x',
  'shop',
  '',
  '/shop',
  'team/',
  'a b/c',
  'a//b',
  'a?b/c',
  'a/b\n',
  'a@b/c',
])('no host has a repository %j', (name) => {
  expect(connectedUrl({ arn }, name)).toBeUndefined();
});

test('groups of GitLab are part of the name', () => {
  expect(connectedUrl({ arn, providerType: 'GitLab' }, 'team/web/shop')).toBe('https://gitlab.com/team/web/shop.git');
});

test.each([
  [{ arn, url: 'ftp://x' }, 'url: the scheme ftp'],
  [{ arn, url: 'https://user:p@x' }, 'url: it has a user name or a password'],
  [{ arn, url: 'git@git.example.com' }, 'knownHosts: an ssh URL needs the known hosts'],
  [{ arn, privateKey: 'k' }, 'privateKey: a private key needs an ssh URL'],
  [{ arn: 'arn:aws:iam::1:role/x' }, 'arn: expected the ARN of a connection'],
  [{}, "The member 'arn' is missing"],
  [{ arn: `${arn}\n` }, 'arn: expected the ARN'],
])('%j is refused', (document, message) => {
  expect(findMistakes(connection, document).map((mistake) => mistake.message)).toContainEqual(
    expect.stringContaining(message),
  );
});
