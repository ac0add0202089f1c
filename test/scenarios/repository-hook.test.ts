import { renameSync } from 'node:fs';
import {
  CreatePipelineCommand,
  type GitConfiguration,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import { withFile } from '../support/databases/sqlite-file.ts';
import { type HookStory, hookStory } from '../support/forges/hook-story.ts';
import { signEvent } from '../support/forges/sign-event.ts';
import { serveGit } from '../support/git/git-http-server.ts';
import { createRepository } from '../support/git/repository.ts';
import {
  pipelineName,
  prepareBuckets,
  registerJenkins,
  testAction,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { serve } from '../support/servers/server.ts';

const patient = { timeout: 15_000, interval: 20 };
const connectionArn = 'arn:aws:codestar-connections:us-east-1:111122223333:connection/0a1b';
const repositoryNames = { full_name: 'team/shop' };

function pipelineWith(trigger?: Partial<GitConfiguration>): PipelineDeclaration {
  const [, ...stages] = threeStages({ ...testAction, outputArtifacts: [{ name: 'TestReport' }] }).stages ?? [];
  const source = {
    name: 'Source',
    actionTypeId: {
      category: 'Source' as const,
      owner: 'AWS' as const,
      provider: 'CodeStarSourceConnection',
      version: '1',
    },
    configuration: { ConnectionArn: connectionArn, FullRepositoryId: 'team/shop', BranchName: 'main' },
    outputArtifacts: [{ name: 'MyAppBuild' }],
    namespace: 'SourceVariables',
  };
  const gitConfiguration = { sourceActionName: 'Source', ...trigger };
  return {
    ...threeStages(),
    pipelineType: 'V2',
    executionMode: 'PARALLEL',
    ...(trigger && { triggers: [{ providerType: 'CodeStarSourceConnection', gitConfiguration }] }),
    stages: [{ name: 'Source', actions: [source] }, ...stages],
  };
}

/** Starts a server with a hook, and a pipeline whose first execution has taken the first commit of a real repository. */
async function setUp(trigger?: Partial<GitConfiguration>, config: Parameters<typeof serve>[0] = {}) {
  const server = await serve(config);
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const repository = createRepository();
  const git = await serveGit(repository.folder);
  repository.write('readme.txt', 'one');
  const first = repository.commit('first');
  const hook = await hookStory(server, { url: `${git.url}/.git` });
  await client.send(new CreatePipelineCommand({ pipeline: pipelineWith(trigger) }));
  const executions = async () =>
    (await client.send(new ListPipelineExecutionsCommand({ pipelineName }))).pipelineExecutionSummaries ?? [];
  const taken = (commit: string) =>
    vi.waitFor(async () => {
      const [newest] = await executions();
      expect(newest?.sourceRevisions?.[0]?.revisionId).toBe(commit);
      return newest;
    }, patient);
  await taken(first);
  // The check that the creation asked for must be over: from here on only hooks can be the cause.
  await vi.waitFor(() => expect(git.authorizations.length).toBeGreaterThan(3), patient);
  let deliveries = 0;
  const send = (event: string, body: object) => {
    deliveries += 1;
    const text = JSON.stringify({ repository: repositoryNames, sender: { login: 'ada' }, ...body });
    const headers = { 'X-GitHub-Event': event, 'X-GitHub-Delivery': `d${deliveries}`, ...signEvent('github', text) };
    return hook.post(text, headers);
  };
  return { server, client, repository, first, hook, executions, taken, send };
}

/** Returns when the repository is checked next. */
async function nextCheckAt({ folder }: { folder: string }): Promise<number> {
  let row: { ready_at: number } | undefined;
  await withFile(folder, (file) => {
    row = file.prepare("select ready_at from due_work where kind = 'source-check'").get() as typeof row;
  });
  return row?.ready_at ?? 0;
}

/** Waits until the checks of the newest event are over, and returns it. */
function settled(hook: HookStory) {
  return vi.waitFor(async () => {
    const [event] = await hook.events();
    expect(event).toMatchObject({ isPending: false, outcome: 'Accepted' });
    return event;
  }, patient);
}

test('a signed push starts the pipeline at once, and the event says which execution', async () => {
  const { repository, first, hook, executions, taken, send } = await setUp();
  repository.write('readme.txt', 'two');
  const second = repository.commit('second');
  const pushed = { ref: 'refs/heads/main', before: first, after: second };
  expect(await send('push', pushed)).toMatchObject({ status: 202 });
  const started = await taken(second);
  const event = await settled(hook);
  expect(event?.results).toEqual([
    {
      pipelineName,
      actionName: 'Source',
      pipelineExecutionId: started?.pipelineExecutionId,
      message: expect.stringContaining(`started the execution ${started?.pipelineExecutionId}`),
    },
  ]);
  // A hint that is no news starts nothing, whatever it says.
  expect(await send('push', { ...pushed, after: 'f'.repeat(40) })).toMatchObject({ status: 202 });
  const idle = await settled(hook);
  expect(idle?.results).toMatchObject([{ message: expect.stringContaining('an earlier check had found') }]);
  expect(await executions()).toHaveLength(2);
});

test('an event whose repository cannot be read says why, and is made good when it can be again', async () => {
  const { server, repository, first, hook, taken, send } = await setUp();
  repository.write('readme.txt', 'two');
  const second = repository.commit('second');
  renameSync(`${repository.folder}/.git`, `${repository.folder}/.away`);
  await send('push', { ref: 'refs/heads/main', before: first, after: second });
  await vi.waitFor(async () => {
    expect(await hook.events()).toMatchObject([
      { isPending: true, results: [{ pipelineName, message: expect.stringMatching(/could not be checked: .+/) }] },
    ]);
  }, patient);
  renameSync(`${repository.folder}/.away`, `${repository.folder}/.git`);
  server.clock.advance(61_000);
  const { pipelineExecutionId } = (await taken(second)) ?? {};
  expect((await settled(hook))?.results).toMatchObject([{ pipelineExecutionId }]);
});

test('after a verified hook the repository is polled every ten minutes, and still finds what no hook reported', async () => {
  const { server, repository, first, hook, taken, send } = await setUp();
  await send('push', { ref: 'refs/heads/main', before: first, after: first });
  await settled(hook);
  await vi.waitFor(async () => {
    expect((await nextCheckAt(server)) - server.clock.now()).toBeGreaterThan(8 * 60_000);
  }, patient);
  repository.write('readme.txt', 'two');
  const second = repository.commit('second');
  server.clock.advance(10 * 60_000);
  await taken(second);
});

test('commits that say so start nothing, if the setting asks for it', async () => {
  const { repository, first, hook, executions, taken, send } = await setUp(undefined, { skipCi: 'on' });
  repository.write('readme.txt', 'two');
  const second = repository.commit('Correct a word\n\n[Skip CI]');
  await send('push', { ref: 'refs/heads/main', before: first, after: second });
  expect((await settled(hook))?.results).toMatchObject([{ message: expect.stringContaining('says [skip ci]') }]);
  repository.write('readme.txt', 'three');
  const third = repository.commit('Skip nothing');
  await send('push', { ref: 'refs/heads/main', before: second, after: third });
  await taken(third);
  expect(await executions()).toHaveLength(2);
});

test('each event says what concerns its own refs, and why nothing was started', async () => {
  const { repository, first, hook, executions, send } = await setUp({
    push: [{ branches: { includes: ['main', 'feature/*'] }, filePaths: { includes: ['src/**'] } }],
  });
  const messages = async () =>
    (await settled(hook))?.results.map(({ message }) => message.replace(/[0-9a-f]{8}-[-0-9a-f]+/, 'E'));
  repository.git('branch', 'feature/new');
  repository.write('readme.txt', 'two');
  const second = repository.commit('second');
  await send('push', { ref: 'refs/heads/main', before: first, after: second });
  expect(await messages()).toEqual(['refs/heads/main: Nothing was started: no changed file passes the trigger.']);
  await send('push', { ref: 'refs/heads/feature/new', before: '0'.repeat(40), after: first });
  expect(await messages()).toEqual([
    'refs/heads/feature/new: Nothing was started: an earlier check had found this commit.',
  ]);
  repository.git('branch', 'feature/newer');
  await send('push', { ref: 'refs/heads/feature/newer', before: '0'.repeat(40), after: second });
  expect(await messages()).toEqual([
    expect.stringMatching(/^refs\/heads\/feature\/newer: .* it is new, so .* file paths/),
  ]);
  repository.git('branch', 'other');
  await send('push', { ref: 'refs/heads/other', before: '0'.repeat(40), after: second });
  expect(await messages()).toEqual(['refs/heads/other: Nothing was started: its name does not pass the trigger.']);
  repository.write('src/main.txt', '1');
  const third = repository.commit('third');
  await send('push', { ref: 'refs/heads/main', before: second, after: third });
  expect(await messages()).toEqual(['refs/heads/main: started the execution E.']);
  expect(await executions()).toHaveLength(2);
});

const pullRequest = (head: string) => ({
  number: 17,
  pull_request: {
    title: 'Change the size',
    user: { login: 'ada' },
    head: { ref: 'feature/size', sha: head, repo: repositoryNames },
    base: { ref: 'main', repo: repositoryNames },
  },
});

test('a pull request starts the pipelines whose triggers it passes, with its variables', async () => {
  const { client, repository, hook, executions, send } = await setUp({
    pullRequest: [{ events: ['OPEN', 'UPDATED'], branches: { includes: ['main'] } }],
  });
  repository.git('checkout', '-qb', 'feature/size');
  repository.write('size.txt', '2');
  const head = repository.commit('size');
  expect(await send('pull_request', { action: 'opened', ...pullRequest(head) })).toMatchObject({ status: 202 });
  const event = await settled(hook);
  const [newest] = await executions();
  expect(event?.results).toMatchObject([{ pipelineExecutionId: newest?.pipelineExecutionId }]);
  expect(newest?.trigger?.triggerType).toBe('WebhookV2');
  await vi.waitFor(async () => {
    const filter = { pipelineExecutionId: newest?.pipelineExecutionId ?? '' };
    const { actionExecutionDetails = [] } = await client.send(
      new ListActionExecutionsCommand({ pipelineName, filter }),
    );
    const source = actionExecutionDetails.find(({ actionName }) => actionName === 'Source');
    expect(source?.output?.outputVariables).toMatchObject({
      CommitId: head,
      PullRequestId: '17',
      PullRequestTitle: 'Change the size',
      SourceBranchName: 'feature/size',
      DestinationBranchName: 'main',
    });
  }, patient);
  // As Bitbucket Cloud abbreviates commits; a head that is gone starts nothing.
  repository.write('size.txt', '3');
  const moved = repository.commit('more');
  await send('pull_request', { action: 'synchronize', ...pullRequest(head.slice(0, 12)) });
  expect((await settled(hook))?.results).toMatchObject([{ message: expect.stringContaining('no longer at') }]);
  await send('pull_request', { action: 'synchronize', ...pullRequest(moved.slice(0, 12)) });
  const updated = await settled(hook);
  expect(updated?.results).toMatchObject([{ pipelineExecutionId: expect.any(String) }]);
  expect((await executions())[0]?.trigger?.triggerDetail).toContain(moved);
  await send('pull_request', { action: 'closed', ...pullRequest(head) });
  expect((await settled(hook))?.results).toMatchObject([{ message: expect.stringContaining('Nothing was started') }]);
  expect(await executions()).toHaveLength(3);
});
