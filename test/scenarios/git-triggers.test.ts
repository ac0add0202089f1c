import {
  type GitConfiguration,
  ListActionExecutionsCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import { patient, setUpTriggered as setUp, tell, withTrigger } from '../support/git/triggered-pipeline.ts';
import { pipelineName } from '../support/pipelines/scenario.ts';

const mainWithSources: Partial<GitConfiguration> = {
  push: [{ branches: { includes: ['main', 'release/*'] }, filePaths: { includes: ['src/**'], excludes: ['**.md'] } }],
};

test('pushes start executions of the commit that changed files of the filter', async () => {
  const { repository, started, check } = await setUp(mainWithSources);
  repository.write('docs/guide.txt', 'x');
  repository.commit('docs');
  await check();
  repository.write('src/notes.md', 'x');
  repository.write('src/main.c', 'int main;');
  const second = repository.commit('code');
  await check();
  repository.git('checkout', '-qb', 'wip/a');
  repository.write('src/wip.c', 'x');
  repository.commit('wip');
  repository.git('checkout', '-q', 'main');
  await check();
  expect(await started()).toEqual([{ type: 'WebhookV2', commit: second, branch: 'main' }]);
});

test('branches and tags of one push are found together, and a new branch starts without file paths only', async () => {
  const { repository, started, check } = await setUp({
    push: [
      { branches: { includes: ['main', 'release/*'] } },
      { branches: { includes: ['feature/**'] }, filePaths: { includes: ['**'] } },
      { tags: { includes: ['v*'], excludes: ['v*-rc'] } },
    ],
  });
  repository.write('a', '1');
  const second = repository.commit('second');
  for (const name of ['v1', 'v2', 'v3-rc', 'other']) repository.git('tag', name);
  repository.git('tag', '-a', 'v4', '-m', 'annotated');
  repository.git('branch', 'release/1');
  repository.git('branch', 'feature/new');
  await check();
  const ofSecond = (what: object) => ({ type: 'WebhookV2', commit: second, ...what });
  const expected = [
    ofSecond({ branch: 'main' }),
    ofSecond({ branch: 'release/1' }),
    ofSecond({ tag: 'v1' }),
    ofSecond({ tag: 'v2' }),
    ofSecond({ tag: 'v4' }),
  ];
  expect(await started()).toEqual(expected);
  repository.git('checkout', '-q', 'feature/new');
  repository.write('b', '1');
  const third = repository.commit('third');
  await check();
  expect(await started()).toEqual([...expected, { type: 'WebhookV2', commit: third, branch: 'feature/new' }]);
});

test('a rewritten branch starts, with the files since the histories parted, and so does one that is set back', async () => {
  const { repository, first, started, check, lines } = await setUp(mainWithSources);
  repository.write('src/a.c', '1');
  const second = repository.commit('second');
  await check();
  repository.git('reset', '-q', '--hard', first);
  repository.write('docs/a', '1');
  repository.commit('rewritten');
  await check();
  repository.write('src/b.c', '1');
  const fourth = repository.commit('fourth');
  await check();
  repository.git('reset', '-q', '--hard', second);
  await check();
  expect((await started()).map(({ commit }) => commit)).toEqual([second, fourth, second]);
  const told = lines.filter(({ pipelineExecutionId }) => pipelineExecutionId !== undefined).map(({ msg }) => msg);
  expect(told.at(-1)).toContain('its history was rewritten');
  expect(told[0]).not.toContain('rewritten');
});

test('what is pushed while no server runs is found once, and deleted branches are new when they come back', async () => {
  const { server, repository, started, check } = await setUp({ push: [{ branches: { includes: ['**'] } }] });
  repository.git('branch', 'gone');
  await check();
  let second = '';
  await server.restart(async () => {
    repository.write('a', '1');
    second = repository.commit('second');
  });
  await check();
  await server.restart();
  repository.git('branch', '-D', 'gone');
  await check();
  repository.git('branch', 'gone', second);
  await check();
  await check();
  expect((await started()).map(({ branch, commit }) => [branch, commit === second])).toEqual([
    ['gone', false],
    ['main', true],
    ['gone', true],
  ]);
});

test('a new trigger starts nothing for what is there already', async () => {
  const { client, repository, started, check } = await setUp(undefined);
  repository.git('branch', 'release/1');
  repository.git('tag', 'v1');
  await check();
  const everything = { push: [{ branches: { includes: ['**'] } }, { tags: { includes: ['**'] } }] };
  await client.send(new UpdatePipelineCommand({ pipeline: withTrigger(everything) }));
  await check();
  repository.git('branch', 'release/2');
  await check();
  expect((await started()).map(({ branch }) => branch)).toEqual(['release/2']);
});

test('a pull request that a hook has told of runs its source branch, with its own variables', async () => {
  const { server, client, repository, first, executions, check } = await setUp({
    pullRequest: [
      { branches: { includes: ['main'] }, filePaths: { includes: ['src/**'] }, events: ['OPEN', 'CLOSED'] },
    ],
  });
  repository.git('checkout', '-qb', 'fast');
  repository.write('src/a.c', '1');
  const head = repository.commit('faster');
  repository.git('checkout', '-q', 'main');
  repository.write('docs/a', '1');
  repository.commit('docs');
  const told = { id: '7', title: 'Faster', sourceBranch: 'fast', destinationBranch: 'main', headCommit: head };
  await tell(server.folder, [
    { event: 'OPEN', ...told },
    { event: 'UPDATED', ...told },
    { event: 'OPEN', ...told, id: '8', headCommit: first },
    { event: 'OPEN', ...told, id: '9', destinationBranch: 'release' },
    { event: 'OPEN', ...told, id: '10', sourceBranch: '--upload-pack=x', headCommit: '1'.repeat(40) },
  ]);
  await check();
  repository.git('merge', '-q', '--no-ff', 'fast', '-m', 'merge');
  repository.git('branch', '-D', 'fast');
  await tell(server.folder, [{ event: 'CLOSED', ...told }]);
  await check();
  const details = (await executions()).slice(0, 2).map(({ trigger }) => JSON.parse(trigger?.triggerDetail ?? ''));
  expect(details.map((detail) => [detail['pull-request-id'], detail['pull-request-event']])).toEqual([
    ['7', 'CLOSED'],
    ['7', 'OPEN'],
  ]);
  expect(await executions()).toHaveLength(3);
  await vi.waitFor(async () => {
    const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
    const [newest] = actionExecutionDetails.filter(({ actionName }) => actionName === 'Source');
    expect(newest?.output?.outputVariables).toMatchObject({
      CommitId: head,
      CommitMessage: 'faster',
      PullRequestId: '7',
      PullRequestTitle: 'Faster',
      SourceBranchName: 'fast',
      DestinationBranchName: 'main',
    });
    expect(newest?.output?.outputVariables).not.toHaveProperty('BranchName');
  }, patient);
});

test('each source action reports the branch or tag that it ran for', async () => {
  const { client, repository, started, check } = await setUp({
    push: [{ branches: { includes: ['next'] } }, { tags: { includes: ['v*'] } }],
  });
  repository.git('checkout', '-qb', 'next');
  repository.write('a', '1');
  const second = repository.commit('second');
  repository.git('tag', 'v1');
  await check();
  expect(await started()).toHaveLength(2);
  await vi.waitFor(async () => {
    const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
    const [tag, branch] = actionExecutionDetails
      .filter(({ actionName }) => actionName === 'Source')
      .map(({ output }) => output?.outputVariables);
    expect(branch).toMatchObject({ BranchName: 'next', CommitId: second });
    expect(branch).not.toHaveProperty('TagName');
    expect(tag).toMatchObject({ BranchName: 'main', TagName: 'v1', CommitId: second });
  }, patient);
});

test('a push before the first check is compared with what the first execution took', async () => {
  const { repository, started, check } = await setUp(mainWithSources, { isFirstChecked: false });
  repository.write('src/a.c', '1');
  const second = repository.commit('second');
  await check();
  await check();
  expect((await started()).map(({ commit }) => commit)).toEqual([second]);
});
