import { expect, test } from 'vitest';
import { JobFailure } from '../../worker/job-failure.ts';
import { findSource } from './repository.ts';

const remote = { url: 'https://example.com/shop.git' };
const unconnected = { connectionStatus: async () => undefined };
const declared = { providerType: 'GitLab', remote };

test('each type names its repository by its own properties (behaviour D.1)', async () => {
  const asked: unknown[] = [];
  const tools = {
    ...unconnected,
    findRepository: async (reference: unknown) => {
      asked.push(reference);
      return declared;
    },
  };
  await findSource('CodeCommit', { RepositoryName: 'shop', BranchName: 'main' }, tools);
  await findSource('GitHub', { Owner: 'team', Repo: 'shop', Branch: 'main' }, tools);
  const connection = { ConnectionArn: 'arn:c', FullRepositoryId: 'team/shop', BranchName: 'main' };
  expect(await findSource('CodeStarSourceConnection', connection, tools)).toEqual({
    repositoryName: 'team/shop',
    branch: 'main',
    repository: declared,
  });
  expect(asked).toEqual([
    { name: 'shop' },
    { fullRepositoryId: 'team/shop' },
    { fullRepositoryId: 'team/shop', connectionArn: 'arn:c' },
  ]);
});

test.each([
  ['AVAILABLE', "Where the repository 'team/shop' is has not been declared"],
  ['PENDING', 'The connection arn:c is not available: it is PENDING. Store a resource of the kind Repository'],
  [undefined, 'There is no connection arn:c. Store a resource of the kind Repository'],
])('a connection that leads nowhere and is %s fails the action', async (status, message) => {
  const tools = { connectionStatus: async () => status, findRepository: async () => undefined };
  const properties = { ConnectionArn: 'arn:c', FullRepositoryId: 'team/shop', BranchName: 'main' };
  await expect(findSource('CodeStarSourceConnection', properties, tools)).rejects.toMatchObject({
    type: 'ConfigurationError',
    message: expect.stringContaining(message),
  });
});

test('a GitHub action without a resource means github.com, with its own token', async () => {
  const tools = { ...unconnected, findRepository: async () => undefined };
  const properties = { Owner: 'team', Repo: 'shop', Branch: 'main' };
  const url = 'https://github.com/team/shop.git';
  expect((await findSource('GitHub', properties, tools)).repository.remote).toEqual({ url });
  expect((await findSource('GitHub', { ...properties, OAuthToken: 't' }, tools)).repository.remote).toEqual({
    url,
    credential: { username: 'x-access-token', password: 't' },
  });
});

test.each(['-x', 'a b', 'a..b', '*', 'a\nb', '', 'a/', '.a', 'a.lock', 'a//b', 'a@{1}', '--upload-pack=x'])(
  'the branch %j is refused',
  async (BranchName) => {
    const find = findSource(
      'CodeCommit',
      { RepositoryName: 'shop', BranchName },
      { ...unconnected, findRepository: async () => declared },
    );
    await expect(find).rejects.toThrow(JobFailure);
  },
);

test.each(['main', 'release/1.2', 'größe', 'a-b_c@d', 'x.lockers'])('the branch %j is fine', async (BranchName) => {
  const found = findSource(
    'CodeCommit',
    { RepositoryName: 'shop', BranchName },
    { ...unconnected, findRepository: async () => declared },
  );
  expect((await found).branch).toBe(BranchName);
});
