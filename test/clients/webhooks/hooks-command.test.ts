import { expect, test } from 'vitest';
import { hookStory } from '../../support/forges/hook-story.ts';
import { runMillrace } from '../../support/requests/command-line.ts';
import { serve } from '../../support/servers/server.ts';

const time = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

test('millrace hooks shows each URL, how to set it up, and what became of the last events', async () => {
  const server = await serve();
  const hooks = async (...args: string[]) => {
    const { code, printed, complained } = await runMillrace('hooks', ...args, '--data', server.folder);
    return { code, printed: printed.map((line) => line.replace(time, '<time>')), complained };
  };
  expect(await hooks()).toMatchObject({
    code: 0,
    printed: [],
    complained: [expect.stringContaining('no repositories')],
  });
  const story = await hookStory(server, { hookSecret: undefined });
  const { url } = await story.hook();
  expect((await hooks()).printed).toEqual([`shop  ${url}  has no hookSecret, so it takes nothing`]);
  expect((await hooks('show', 'shop')).printed).toContainEqual(
    expect.stringContaining("Give the repository a 'hookSecret'"),
  );
  await hookStory(server);
  expect((await hooks('list')).printed).toEqual([`shop  ${url}  no event yet`]);
  expect(await hooks('events')).toMatchObject({ code: 0, complained: ['millrace: no event was received.'] });

  await story.send('github', 'an opened pull request');
  await story.send('gitea', 'a new branch, of which push tells too');
  await story.send('gitea', 'a new branch, of which push tells too');
  await story.send('bitbucket-data-center', 'a push of several refs');
  expect((await hooks()).printed).toEqual([`shop  ${url}  last event <time>`]);
  await story.send('github', 'a ping', 'not-the-secret-of-it');
  expect((await hooks()).printed).toEqual([
    `shop  ${url}  TROUBLE since <time>: The signature or token of the event does not match its body and the hookSecret of the repository.`,
  ]);
  const { printed } = await hooks('show', 'shop');
  expect(printed).toContain(`URL:             ${url}`);
  expect(printed).toContainEqual(
    expect.stringMatching(
      /^ {2}curl -sS -m 10 -H 'Content-Type: text\/plain' -H 'Authorization: Bearer [\w-]{43}' --data-binary @- 'http/,
    ),
  );
  expect(printed.slice(printed.indexOf('<time>  shop  Bitbucket Data Center repo:refs_changed  by ada'))).toEqual([
    '<time>  shop  Bitbucket Data Center repo:refs_changed  by ada',
    '    refs/heads/main  1f0c9a7b3e5d -> 9d8e7f6a5b4c',
    '    refs/heads/new  (none) -> 9d8e7f6a5b4c',
    '    refs/heads/old  1f0c9a7b3e5d -> (none)',
    '    refs/tags/v1.0  (none) -> 5ac1e0b7d9f8',
    '    No source action or rule of this Region watches the repository for changes.',
    '<time>  shop  Gitea create  by ada',
    '    Events of the kind create start nothing: only pushes and pull requests do.',
    '    The same event came again (1 time), last <time>.',
    '<time>  shop  GitHub pull_request  by ada',
    '    OPEN pull request 17: feature/size -> main  Change the size',
    '    No source action or rule of this Region watches the repository for changes.',
  ]);
  expect((await hooks('events', 'shop', '--limit', '1')).printed[0]).toContain('Bitbucket');
  expect((await hooks('events', 'other')).complained).toEqual(['millrace: no event was received.']);
  expect(await hooks('events', '--limit', 'no')).toMatchObject({ code: 2 });
  expect(await hooks('show', 'other')).toMatchObject({
    code: 1,
    complained: [expect.stringContaining("There is no Repository with the name 'other'.")],
  });
});
