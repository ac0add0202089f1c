import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import type { ClaimBuildsOutput } from '../../src/contract/generated.ts';
import type { BuildOrder, BuildSource } from '../../src/model/build.ts';
import { createBuild, withStore } from '../support/builds/create-build.ts';
import { createRepository, unzip } from '../support/git/repository.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, region, serve } from '../support/servers/server.ts';

const git = (members: object): BuildSource => ({ type: 'GIT', ...members });
const waiting = { timeout: 20_000, interval: 50 };
const bucket = `millrace-sources-${region}-${account}`;

/** Starts a server with the repository `mill`, which has a branch and a tag beside its main branch. */
async function start() {
  const repository = createRepository();
  const commitOf = (text: string) => {
    repository.write('grist.txt', text);
    return repository.commit(text);
  };
  const tagged = commitOf('tagged');
  repository.git('tag', '-a', 'v1', '-m', 'v1');
  const first = commitOf('first');
  repository.git('branch', 'side');
  const head = commitOf('head');
  const server = await serve();
  const document = JSON.stringify({ url: repository.url, fullRepositoryId: 'team/mill' });
  await callOwn(server.url, 'ApplyResources', { resources: [{ kind: 'Repository', name: 'mill', document }] });
  const claim = () =>
    vi.waitFor(async () => {
      const { answer } = await callOwn<ClaimBuildsOutput>(server.url, 'ClaimBuilds', { runner: 'millstone:1' });
      const [build] = answer.builds;
      if (!build) throw new Error('no build is offered');
      return { ...build, order: JSON.parse(build.order) as BuildOrder };
    }, waiting);
  const find = (id: string) => withStore(server.folder, ({ builds }) => builds.find({ account, region }, id));
  return { server, repository, tagged, first, head, claim, find };
}

test('a build gets its Git sources as archives, which are removed after its end', async () => {
  const { server, head, tagged, claim } = await start();
  const secondary = { identifier: 'old', ...git({ fullRepositoryId: 'team/mill', ref: 'v1' }) };
  await createBuild(server.folder, '1', { source: git({ repository: 'mill' }), secondarySources: [secondary] });
  const { order, artifactCredentials, buildArn, fence } = await claim();
  expect(order).toMatchObject({
    source: { type: 'S3', bucket, key: 'mill/1/0.zip' },
    secondarySources: [{ identifier: 'old', type: 'S3', bucket, key: 'mill/1/1.zip' }],
    resolvedSourceVersion: head,
  });
  expect(tagged).not.toBe(head);
  const worker = server.s3(artifactCredentials);
  const filesOf = async (Key: string) => {
    const { Body } = await worker.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return unzip(Buffer.from((await Body?.transformToByteArray()) ?? []));
  };
  expect(await filesOf('mill/1/0.zip')).toEqual({ 'grist.txt': 'head' });
  expect(await filesOf('mill/1/1.zip')).toEqual({ 'grist.txt': 'tagged' });
  await callOwn(server.url, 'FinishBuild', { buildArn, fence, status: 'SUCCEEDED', phases: [] });
  server.clock.advance(11 * 60_000);
  await vi.waitFor(async () => {
    const gone = server.s3().send(new HeadObjectCommand({ Bucket: bucket, Key: 'mill/1/1.zip' }));
    await expect(gone).rejects.toMatchObject({ name: 'NotFound' });
  }, waiting);
});

test('a source version is a branch, a tag, a commit, or a commit on a branch; a repository is also found by its URL', async () => {
  const { server, repository, tagged, first, head, claim } = await start();
  const versions: [string | undefined, string][] = [
    ['side', first],
    ['refs/heads/side', first],
    ['v1', tagged],
    [first, first],
    [`refs/heads/main^{${first}}`, first],
    [undefined, head],
  ];
  for (const [index, [ref, commit]] of versions.entries()) {
    await createBuild(server.folder, String(index), { source: git({ url: `${repository.url}.git`, ref }) });
    const { order, buildArn, fence } = await claim();
    expect([ref, order.resolvedSourceVersion]).toEqual([ref, commit]);
    await callOwn(server.url, 'FinishBuild', { buildArn, fence, status: 'SUCCEEDED', phases: [] });
  }
});

test.each([
  [{ repository: 'mill', ref: 'none' }, /has no branch, tag or commit 'none'\. A commit is named by its whole id/],
  [{ repository: 'mill', ref: '--upload-pack=x' }, /has no branch, tag or commit '--upload-pack=x'/],
  [{ repository: 'mill', ref: '0123456789012345678901234567890123456789' }, /no commit 0123456789/],
  [{ repository: 'other' }, /Where the repository other is has not been declared\. Store .* with the name other/],
  [{ url: 'file:///etc' }, /Where the repository file:\/\/\/etc is has not been declared/],
  [{ url: 'http://127.0.0.1:1/a.git' }, /has not been declared\. Store .* with the url http:\/\/127\.0\.0\.1/],
])('of the source %j the build fails before a runner gets it', async (source, message) => {
  const { server, find } = await start();
  await createBuild(server.folder, '1', { source: git(source) });
  const build = await vi.waitFor(async () => {
    const found = await find('mill:1');
    if (found?.endedAt === undefined) throw new Error('the build goes on');
    return found;
  }, waiting);
  const failure = { code: 'CLIENT_ERROR', message: expect.stringMatching(message) as string };
  expect(build).toMatchObject({ status: 'FAILED', failure, attempts: 0 });
  expect(build.phases.map(({ type, status }) => [type, status])).toEqual([
    ['SUBMITTED', 'SUCCEEDED'],
    ['QUEUED', 'SUCCEEDED'],
    ['PROVISIONING', 'SUCCEEDED'],
    ['DOWNLOAD_SOURCE', 'FAILED'],
    ['COMPLETED', undefined],
  ]);
});
