import { createHmac } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import type { HookEvent, ShownHook } from '../../../src/contract/generated.ts';
import { hookStory } from '../../support/forges/hook-story.ts';
import { type ForgeFile, forgeNames, payloadOf } from '../../support/forges/payloads.ts';
import { hookSecret, signEvent } from '../../support/forges/sign-event.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { sendRaw } from '../../support/requests/signed-request.ts';
import { serve } from '../../support/servers/server.ts';

const pushes: Record<ForgeFile, string> = {
  github: 'a push to a branch',
  gitlab: 'a push to a branch, of which the list of commits is cut',
  gitea: 'a push to a branch',
  forgejo: 'a push to a branch',
  'bitbucket-cloud': 'a push of several refs, with a list that is cut',
  'bitbucket-data-center': 'a push of several refs',
};
const nobodyWatches = 'No source action or rule of this Region watches the repository for changes.';

describe.each(Object.entries(pushes) as [ForgeFile, string][])('an event of %s', (forge, title) => {
  test('with the right proof is stored and answered 202; with a wrong one it is only counted', async () => {
    const story = await hookStory(await serve(), forge === 'gitlab' ? { fullRepositoryId: 'group/team/shop' } : {});
    expect(await story.send(forge, title, 'another-secret-of-it')).toMatchObject({ status: 403 });
    expect(await story.hook()).toMatchObject({
      refusedEvents: 1,
      trouble: expect.stringContaining('does not match its body and the hookSecret'),
    });
    expect(await story.events()).toEqual([]);
    const { headers, body } = payloadOf(forge, title);
    expect(await story.post(JSON.stringify(body), headers)).toMatchObject({
      status: 403,
      message: expect.stringContaining('no signature or token'),
    });
    expect(await story.send(forge, title)).toEqual({ status: 202, message: nobodyWatches });
    const [event, ...others] = await story.events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ repository: 'shop', forge: forgeNames[forge], actor: 'ada', outcome: 'Accepted' });
    const { content } = payloadOf(forge, title);
    expect(event?.refs).toEqual(content.kind === 'push' ? content.changes : 'a push');
    const { trouble, refusedEvents, verifiedAt } = await story.hook();
    expect({ trouble, refusedEvents, verifiedAt }).toEqual({ refusedEvents: 2, verifiedAt: expect.any(Number) });
  });
});

describe('a hook', () => {
  test('has the same URL as long as its repository is there, whatever else changes', async () => {
    const server = await serve({ publicUrl: 'https://mill.example.org' });
    const first = await (await hookStory(server)).hook();
    expect(first.url).toMatch(/^https:\/\/mill\.example\.org\/-\/hooks\/git\/[0-9a-f-]{36}$/);
    await hookStory(server, { username: 'build' });
    await server.restart();
    const again = await hookStory(server, { hookSecret: 'the-next-secret-of-it' });
    expect((await again.hook()).url).toBe(first.url);
    expect(await again.send('github', 'a ping')).toMatchObject({ status: 403 });
    expect(await again.send('github', 'a ping', 'the-next-secret-of-it')).toMatchObject({ status: 202 });
    await callOwn(server.url, 'DeleteResource', { kind: 'Repository', name: 'shop' });
    expect(await again.send('github', 'a ping', 'the-next-secret-of-it')).toMatchObject({ status: 404 });
    expect((await callOwn(server.url, 'GetHook', { repository: 'shop' })).answer).toMatchObject({
      __type: 'ResourceNotFoundException',
    });
    expect((await (await hookStory(server)).hook()).url).not.toBe(first.url);
  });

  test('is listed with those of all repositories, in pages', async () => {
    const server = await serve();
    const resources = ['c', 'a', 'b'].map((name) => {
      return { kind: 'Repository', name, document: JSON.stringify({ url: `https://example.com/${name}.git` }) };
    });
    await callOwn(server.url, 'ApplyResources', { resources });
    const list = async (nextToken?: string) =>
      (await callOwn<{ hooks: ShownHook[]; nextToken?: string }>(server.url, 'ListHooks', { maxResults: 2, nextToken }))
        .answer;
    const page = await list();
    expect(page.hooks.map(({ repository }) => repository)).toEqual(['a', 'b']);
    const rest = await list(page.nextToken);
    expect(rest).toMatchObject({ hooks: [{ repository: 'c', hasSecret: false, refusedEvents: 0 }] });
    expect(rest.nextToken).toBeUndefined();
    const forged = await callOwn(server.url, 'ListHooks', { nextToken: 'x' });
    expect(forged.answer).toMatchObject({ __type: 'ValidationException' });
  });

  test('without a secret takes nothing, and says what to do', async () => {
    const story = await hookStory(await serve(), { hookSecret: undefined });
    expect(await story.send('github', 'a ping')).toMatchObject({
      status: 403,
      message: expect.stringContaining("Give it a 'hookSecret'"),
    });
    expect(await story.hook()).toMatchObject({ hasSecret: false, refusedEvents: 1 });
  });

  test('shows its token only to those who may call GetHook', async () => {
    const server = await serve();
    const story = await hookStory(server);
    const keys = await createKey(server.url, 'reader', ['millrace:ListHooks', 'millrace:ListHookEvents']);
    expect((await callOwn(server.url, 'ListHooks', {}, keys)).status).toBe(200);
    expect((await callOwn(server.url, 'GetHook', { repository: 'shop' }, keys)).answer).toMatchObject({
      __type: 'AccessDeniedException',
    });
    const { answer } = await callOwn<{ postReceive: string }>(server.url, 'GetHook', { repository: 'shop' });
    expect(answer.postReceive).not.toContain(hookSecret);
    const [, token = ''] = /Bearer ([\w-]+)/.exec(answer.postReceive) ?? [];
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/plain' };
    const lines = `${'a'.repeat(40)} ${'b'.repeat(40)} refs/heads/main\n`;
    expect(await story.post(lines, headers)).toMatchObject({ status: 202 });
    expect(await story.post(lines, headers)).toMatchObject({ status: 202, message: nobodyWatches });
    expect(await story.post('nothing', headers)).toMatchObject({ status: 202 });
    expect(await story.post(lines, { ...headers, Authorization: `Bearer ${token}x` })).toMatchObject({ status: 403 });
    expect(await story.events()).toMatchObject([
      { outcome: 'Ignored', message: expect.stringContaining('old new ref') },
      { outcome: 'Accepted', repeats: 0, refs: [{ ref: 'refs/heads/main' }] },
      { outcome: 'Accepted', repeats: 0 },
    ]);
  });
});

describe('what a hook receives', () => {
  test('is a test: answered 202 and shown', async () => {
    const story = await hookStory(await serve());
    expect(await story.send('github', 'a ping')).toEqual({ status: 202, message: 'A test: the hook works.' });
    expect(await story.send('bitbucket-data-center', 'a test of the connection')).toMatchObject({ status: 202 });
    expect(await story.events()).toMatchObject([
      { outcome: 'Ping', forge: 'Bitbucket Data Center' },
      { outcome: 'Ping' },
    ]);
  });

  test('is a test that Bitbucket does not sign: answered 202, but it proves nothing', async () => {
    const story = await hookStory(await serve());
    const { headers, body } = payloadOf('bitbucket-data-center', 'a test of the connection');
    expect(await story.post(JSON.stringify(body), headers)).toMatchObject({
      status: 202,
      message: expect.stringContaining('not signed'),
    });
    expect(await story.events()).toEqual([]);
    const { verifiedAt, refusedEvents } = await story.hook();
    expect({ verifiedAt, refusedEvents }).toEqual({ refusedEvents: 0 });
  });

  test('is about another repository: 202 for the forge, and the reason for people', async () => {
    const story = await hookStory(await serve(), { fullRepositoryId: undefined, url: 'https://example.com/own.git' });
    const { status, message } = await story.send('github', 'a push to a branch');
    expect(status).toBe(202);
    expect(message).toContain("The event is about the repository 'team/shop', but this is the hook of 'shop'");
    expect(await story.hook()).toMatchObject({ trouble: message, refusedEvents: 1 });
    expect(await story.events()).toMatchObject([{ outcome: 'Refused', message }]);
  });

  test.each([
    { what: 'half of JSON', body: '{"ref": ', status: 400, message: 'not JSON' },
    { what: 'nothing', body: '', status: 400, message: 'not JSON' },
    {
      what: 'another form',
      body: 'ref=1',
      type: 'application/x-www-form-urlencoded',
      status: 400,
      message: 'no field',
    },
    { what: 'nested JSON', body: '['.repeat(200_000), status: 400, message: 'nested too deeply' },
    { what: 'a million values', body: `[${'1,'.repeat(600_000)}1]`, status: 413, message: 'too many values' },
    { what: 'null', body: 'null', status: 202, message: 'no repository' },
    { what: 'a text', body: '"x"', status: 202, message: 'no repository' },
  ])('is $what: $status, and the reason is shown', async ({ body, type = 'application/json', status, message }) => {
    const story = await hookStory(await serve());
    const headers = { 'X-GitHub-Event': 'push', 'Content-Type': type, ...signEvent('github', body) };
    expect(await story.post(body, headers)).toEqual({ status, message: expect.stringContaining(message) });
    const shown = status === 202 ? (await story.events())[0]?.message : (await story.hook()).trouble;
    expect(shown).toContain(message);
  });

  test('is larger than 25 MiB, or not posted, or for no hook', async () => {
    const server = await serve();
    const { path, hook } = await hookStory(server);
    const signed = { 'X-GitHub-Event': 'push', ...signEvent('github', '') };
    const long = { ...signed, 'Content-Length': String(25 * 1024 * 1024 + 1), Expect: '100-continue' };
    const send = (options: object) => sendRaw(server.url, { path, headers: signed, ...options });
    expect((await send({ headers: long })).status).toBe(413);
    expect((await send({ method: 'GET' })).status).toBe(405);
    expect((await send({ path: '/-/hooks/git/0a1b' })).status).toBe(404);
    expect((await send({ path: '/-/hooks/git/' })).status).toBe(404);
    expect(await hook()).toMatchObject({ refusedEvents: 1, trouble: expect.stringContaining('25 MiB') });
  });

  test('is a push with very many files', async () => {
    const story = await hookStory(await serve());
    const { headers, body } = payloadOf('github', 'a push to a branch');
    const modified = Array.from({ length: 5000 }, (_, index) => `${'folder/'.repeat(20)}${index}`);
    const commits = Array.from({ length: 20 }, () => ({ modified }));
    expect(
      await story.send('github', { title: '', headers, body: { ...(body as object), commits }, content: {} }),
    ).toEqual({
      status: 202,
      message: nobodyWatches,
    });
  });

  test('is a form, as GitHub sends by default', async () => {
    const story = await hookStory(await serve());
    const { headers, body } = payloadOf('github', 'a push to a branch');
    const form = `payload=${encodeURIComponent(JSON.stringify(body))}`;
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(await story.post(form, { ...headers, ...type, ...signEvent('github', form) })).toMatchObject({
      status: 202,
    });
    expect(await story.events()).toMatchObject([{ refs: [{ ref: 'refs/heads/main' }] }]);
  });

  test('is a repetition: 202, and counted at the event', async () => {
    const story = await hookStory(await serve());
    const { headers, body } = payloadOf('github', 'a ping');
    const text = JSON.stringify(body);
    const signed = { ...headers, ...signEvent('github', text) };
    await story.post(text, signed);
    const repeated = { status: 202, message: 'This event was received before.' };
    expect(await story.post(text, signed)).toEqual(repeated);
    expect(await story.post(text, { ...signed, 'X-GitHub-Delivery': 'forged' })).toEqual(repeated);
    expect(await story.events()).toMatchObject([{ outcome: 'Ping', repeats: 2, repeatedAt: expect.any(Number) }]);
  });

  test('is sent again after what was wrong here has been corrected', async () => {
    const server = await serve();
    const wrong = await hookStory(server, { fullRepositoryId: undefined, url: 'https://example.com/own.git' });
    expect((await wrong.send('github', 'a push to a branch')).message).toContain('The event is about');
    const right = await hookStory(server);
    expect(await right.send('github', 'a push to a branch')).toEqual({ status: 202, message: nobodyWatches });
    expect(await right.events()).toMatchObject([{ outcome: 'Accepted', repeats: 0 }]);
    expect((await right.hook()).trouble).toBeUndefined();
  });

  test('is signed by GitLab at a time: five minutes old and no more', async () => {
    const server = await serve();
    const story = await hookStory(server, { fullRepositoryId: 'group/team/shop' });
    const { headers, body } = payloadOf('gitlab', pushes.gitlab);
    const text = JSON.stringify(body);
    const sign = (at: number) => {
      const timestamp = Math.floor(at / 1000);
      const signed = createHmac('sha256', hookSecret).update(`m1.${timestamp}.${text}`).digest('base64');
      return {
        ...headers,
        'webhook-id': 'm1',
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1,${signed}`,
      };
    };
    const captured = sign(server.clock.now());
    expect(await story.post(text, captured)).toMatchObject({ status: 202 });
    server.clock.advance(6 * 60_000);
    expect(await story.post(text, captured)).toMatchObject({ status: 403, message: expect.stringContaining('replay') });
    expect(await story.post(text, sign(server.clock.now()))).toMatchObject({ status: 202 });
  });
});

test('a new title of a pull request at Bitbucket starts nothing', async () => {
  const story = await hookStory(await serve());
  const update = payloadOf('bitbucket-cloud', 'an update, which may be one of the title');
  const titled = (title: string, hash: string) => {
    const body = structuredClone(update.body) as {
      pullrequest: { title: string; source: { commit: { hash: string } } };
    };
    body.pullrequest.title = title;
    body.pullrequest.source.commit.hash = hash;
    return { ...update, headers: { ...update.headers, 'X-Request-UUID': title }, body };
  };
  await story.send('bitbucket-cloud', titled('One', '111111111111'));
  await story.send('bitbucket-cloud', titled('Two', '111111111111'));
  await story.send('bitbucket-cloud', titled('Three', '222222222222'));
  const outcomes = (await story.events()).map(({ outcome, pullRequest }: HookEvent) => [pullRequest?.title, outcome]);
  expect(outcomes).toEqual([
    ['Three', 'Accepted'],
    ['Two', 'Ignored'],
    ['One', 'Accepted'],
  ]);
});

test('calls of hooks are logged without URL and secret', async () => {
  const lines: string[] = [];
  const server = await serve({}, { onLog: (line) => void lines.push(line) });
  const story = await hookStory(server);
  await story.send('github', 'a ping');
  await vi.waitFor(() => expect(lines.some((line) => line.includes('"event":"ping"'))).toBe(true));
  const [line = ''] = lines.filter((text) => text.includes('"operation":"git hook"'));
  expect(JSON.parse(line)).toMatchObject({ webhook: 'shop', outcome: 'ok', httpStatus: 202 });
  const id = story.path.split('/').at(-1) ?? '';
  expect(lines.filter((text) => text.includes(id) || text.includes(hookSecret))).toEqual([]);
});
