import { expect, test } from 'vitest';
import { isSameRepository } from './is-same-repository.ts';

test.each([
  [{ url: 'https://github.com/team/shop.git' }, ['team/shop'], []],
  [{ url: 'https://github.com/Team/Shop' }, ['team/shop'], []],
  [{ url: 'git@github.com:team/shop.git' }, ['team/shop'], []],
  [{ url: 'ssh://git@git.example.com:2222/team/shop.git/' }, ['team/shop'], []],
  [{ url: 'https://example.com/gitlab/group/team/shop.git' }, ['group/team/shop'], []],
  [{ url: 'https://bitbucket.example.com/scm/team/shop.git' }, ['TEAM/shop'], []],
  [{ url: 'https://bitbucket.example.com/scm/~ada/shop.git' }, [], ['https://other/scm/~ada/shop.git']],
  [{ url: 'file:///srv/mirror.git', fullRepositoryId: 'team/shop' }, ['Team/Shop'], []],
  [{ url: 'https://dev.azure.com/a/my%20team/_git/shop', fullRepositoryId: 'x/y' }, ['my team/_git/shop'], []],
])('%j is meant by %j %j', (declared, names, urls) => {
  expect(isSameRepository(declared, { names, urls })).toBe(true);
});

test.each([
  [{ url: 'https://github.com/team/shop.git' }, ['team/shop2'], []],
  [{ url: 'https://github.com/team/shop.git' }, ['eam/shop'], []],
  [{ url: 'https://github.com/team/shop.git' }, ['other/shop'], ['https://github.com/other/shop.git']],
  [{ url: 'https://github.com/team/shop.git' }, [], []],
  [{ url: 'https://github.com/team/shop.git' }, ['', '/'], ['https://github.com/']],
  [{ url: 'file:///srv/mirror.git' }, ['team/shop'], []],
  [{ url: 'https://github.com/%zz' }, ['team/shop'], ['https://github.com/%zy']],
])('%j is not meant by %j %j', (declared, names, urls) => {
  expect(isSameRepository(declared, { names, urls })).toBe(false);
});
