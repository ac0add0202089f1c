import {
  CreatePipelineCommand,
  type GitConfiguration,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import { withFile } from '../support/databases/sqlite-file.ts';
import { serveGit } from '../support/git/git-http-server.ts';
import { createRepository } from '../support/git/repository.ts';
import {
  pipelineName,
  prepareBuckets,
  registerJenkins,
  testAction,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { serve } from '../support/servers/server.ts';

const patient = { timeout: 15_000, interval: 20 };
const connectionArn = 'arn:aws:codestar-connections:us-east-1:111122223333:connection/0a1b';
const minuteMs = 61_000;

/** Due work of a check. */
interface Row {
  ready_at: number;
  is_claimed: number;
}

function withTrigger(
  trigger: Partial<GitConfiguration> | undefined,
  { executionMode = 'QUEUED' }: Pick<PipelineDeclaration, 'executionMode'> = {},
): PipelineDeclaration {
  const [, ...stages] = threeStages({ ...testAction, outputArtifacts: [{ name: 'TestReport' }] }).stages ?? [];
  const gitConfiguration = { sourceActionName: 'Source', ...trigger };
  return {
    ...threeStages(),
    pipelineType: 'V2',
    executionMode,
    triggers: trigger && [{ providerType: 'CodeStarSourceConnection', gitConfiguration }],
    stages: [
      {
        name: 'Source',
        actions: [
          {
            name: 'Source',
            actionTypeId: {
              category: 'Source',
              owner: 'AWS',
              provider: 'CodeStarSourceConnection',
              version: '1',
            },
            configuration: { ConnectionArn: connectionArn, FullRepositoryId: 'team/shop', BranchName: 'main' },
            outputArtifacts: [{ name: 'MyAppBuild' }],
            namespace: 'SourceVariables',
          },
        ],
      },
      ...stages,
    ],
  };
}

/** Starts a server, and a repository behind a Git server over HTTP with a commit that the first execution has taken. */
async function setUp(trigger: Partial<GitConfiguration> | undefined) {
  const lines: Record<string, unknown>[] = [];
  const server = await serve({}, { onLog: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const repository = createRepository();
  const { url } = await serveGit(repository.folder);
  repository.write('readme.txt', 'one');
  const first = repository.commit('first');
  const document = JSON.stringify({ url: `${url}/.git`, fullRepositoryId: 'team/shop' });
  await callOwn(server.url, 'ApplyResources', { resources: [{ kind: 'Repository', name: 'shop', document }] });
  await client.send(new CreatePipelineCommand({ pipeline: withTrigger(trigger) }));
  const executions = async () =>
    (await client.send(new ListPipelineExecutionsCommand({ pipelineName }))).pipelineExecutionSummaries ?? [];
  /** The triggers' details of the executions after the first, oldest first. */
  const started = async () =>
    (await executions())
      .reverse()
      .slice(1)
      .map(({ trigger: cause }) => {
        const { 'commit-id': commit, ...detail } = JSON.parse(cause?.triggerDetail ?? '{}') as Record<string, string>;
        return { type: cause?.triggerType, commit, branch: detail['branch-name'], tag: detail['tag-name'] };
      });
  /** Returns when the check is due; undefined while it runs. */
  const nextCheck = async () => {
    let row: Row | undefined;
    await withFile(server.folder, (file) => {
      row = file.prepare("select ready_at, is_claimed from due_work where kind = 'source-check'").get() as Row;
    });
    return row?.is_claimed === 0 ? row.ready_at : 0;
  };
  /** Lets the repository be checked, and waits until the end of that check. */
  const check = async () => {
    await vi.waitFor(async () => expect(await nextCheck()).toBeGreaterThan(0), patient);
    server.clock.advance(minuteMs);
    await vi.waitFor(async () => expect(await nextCheck()).toBeGreaterThan(server.clock.now()), patient);
  };
  await vi.waitFor(async () => {
    expect((await executions()).at(-1)?.sourceRevisions?.[0]?.revisionId).toBe(first);
  }, patient);
  await check();
  return { server, client, repository, first, executions, started, check, lines };
}

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
