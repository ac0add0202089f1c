import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ActionDeclaration,
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { createRepository, unzip } from '../support/git/repository.ts';
import {
  pipelineName,
  prepareBuckets,
  registerJenkins,
  testAction,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { serve } from '../support/servers/server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

const patient = { timeout: 15_000, interval: 20 };
const connectionArn = 'arn:aws:codestar-connections:us-east-1:111122223333:connection/0a1b';

const source = (
  provider: string,
  configuration: Record<string, string>,
  owner: 'AWS' | 'ThirdParty' = 'AWS',
): ActionDeclaration => ({
  name: 'Source',
  actionTypeId: { category: 'Source', owner, provider, version: '1' },
  configuration,
  outputArtifacts: [{ name: 'MyAppBuild' }],
  namespace: 'SourceVariables',
});

const codeCommit = source('CodeCommit', { RepositoryName: 'shop', BranchName: 'main' });
const gitHub = source('GitHub', { Owner: 'team', Repo: 'shop', Branch: 'main', OAuthToken: 'token' }, 'ThirdParty');
const connection = source('CodeStarSourceConnection', {
  ConnectionArn: connectionArn,
  FullRepositoryId: 'team/shop',
  BranchName: 'main',
});

function withSource(action: ActionDeclaration): PipelineDeclaration {
  const [, ...stages] = threeStages({ ...testAction, outputArtifacts: [{ name: 'TestReport' }] }).stages;
  return { ...threeStages(), pipelineType: 'V2', stages: [{ name: 'Source', actions: [action] }, ...stages] };
}

/** Starts a server and a repository that it knows by all its names. */
async function setUp() {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  const s3 = server.s3();
  await prepareBuckets(s3);
  const repository = createRepository();
  const apply = (document: object, name = 'shop') =>
    callOwn(server.url, 'ApplyResources', {
      resources: [{ kind: 'Repository', name, document: JSON.stringify(document) }],
    });
  const known = { url: repository.url, fullRepositoryId: 'team/shop' };
  const executions = async () =>
    (await client.send(new ListPipelineExecutionsCommand({ pipelineName }))).pipelineExecutionSummaries ?? [];
  /** Waits until the newest execution has taken a commit, and returns its source action. */
  const taken = async (commit: string) => {
    await vi.waitFor(async () => {
      expect((await executions())[0]?.sourceRevisions?.[0]?.revisionId).toBe(commit);
    }, patient);
    const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
    const action = actionExecutionDetails.find(({ actionName }) => actionName === 'Source');
    const { bucket, key } = action?.output?.outputArtifacts?.[0]?.s3location ?? {};
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return { action, bytes: Buffer.from((await object.Body?.transformToByteArray()) ?? []) };
  };
  const failure = () =>
    vi.waitFor(async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
      const latest = stageStates?.[0]?.actionStates?.[0]?.latestExecution;
      expect(latest?.status).toBe('Failed');
      return latest?.errorDetails;
    }, patient);
  return { server, client, repository, apply, known, executions, taken, failure };
}

const common = {
  AuthorDate: '2026-01-02T03:04:05+01:00',
  BranchName: 'main',
  CommitMessage: 'second\n\nbody',
};
const committed = { CommitterDate: '2026-01-03T00:00:00Z' };

test.each([
  ['CodeCommit', codeCommit, () => ({ ...common, ...committed, RepositoryName: 'shop' })],
  [
    'GitHub',
    gitHub,
    (id: string) => ({
      ...common,
      ...committed,
      RepositoryName: 'shop',
      CommitUrl: `https://github.com/team/shop/commit/${id}`,
    }),
  ],
  [
    'CodeStarSourceConnection',
    connection,
    () => ({
      ...common,
      AuthorDisplayName: 'Ada',
      AuthorEmail: 'ada@example.com',
      AuthorId: '',
      ConnectionArn: connectionArn,
      FullRepositoryName: 'team/shop',
      ProviderType: 'GitHub',
    }),
  ],
])('%s: a commit starts one execution with its files and variables (behaviour D.1)', async (_, action, variables) => {
  const { server, client, repository, apply, known, executions, taken } = await setUp();
  repository.write('readme.txt', 'one');
  const first = repository.commit('first');
  await apply(known);
  await client.send(new CreatePipelineCommand({ pipeline: withSource(action) }));
  await taken(first);
  repository.write('src/main.c', 'int main;');
  const second = repository.commit('second\n\nbody');
  server.clock.advance(61_000);
  const { action: shown, bytes } = await taken(second);
  expect(await unzip(bytes)).toEqual({ 'readme.txt': 'one', 'src/main.c': 'int main;' });
  expect(shown?.output?.outputVariables).toEqual({ ...variables(second), CommitId: second });
  expect(shown?.output?.executionResult).toMatchObject({
    externalExecutionId: second,
    externalExecutionSummary: 'second',
  });
  const [newest, ...others] = (await executions()).map(({ trigger }) => trigger);
  expect(newest).toEqual(
    action === connection
      ? { triggerType: 'Webhook', triggerDetail: connectionArn }
      : { triggerType: 'PollForSourceChanges', triggerDetail: 'Source' },
  );
  expect(others.map((trigger) => trigger?.triggerType)).toEqual(['CreatePipeline']);
});

test('a start can name an older commit, also one that is not the head of a branch', async () => {
  const { client, repository, apply, known, taken } = await setUp();
  repository.write('a', '1');
  const first = repository.commit('first');
  repository.write('a', '2');
  const second = repository.commit('second');
  await apply(known);
  await client.send(new CreatePipelineCommand({ pipeline: withSource(codeCommit) }));
  await taken(second);
  const sourceRevisions = [{ actionName: 'Source', revisionType: 'COMMIT_ID' as const, revisionValue: first }];
  await client.send(new StartPipelineExecutionCommand({ name: pipelineName, sourceRevisions }));
  const { bytes } = await taken(first);
  expect(await unzip(bytes)).toEqual({ a: '1' });
});

test('a clone reference names repository, branch and commit instead of holding files', async () => {
  const { client, repository, apply, known, taken } = await setUp();
  repository.write('a', '1');
  const commit = repository.commit('first');
  await apply(known);
  const configuration = { ...connection.configuration, OutputArtifactFormat: 'CODEBUILD_CLONE_REF' };
  await client.send(new CreatePipelineCommand({ pipeline: withSource({ ...connection, configuration }) }));
  const { bytes } = await taken(commit);
  expect(JSON.parse(bytes.toString())).toEqual({
    repositoryUrl: repository.url,
    repositoryName: 'team/shop',
    branchName: 'main',
    commitId: commit,
  });
});

test('what is missing is said where people look', async () => {
  const { client, repository, apply, failure } = await setUp();
  await client.send(new CreatePipelineCommand({ pipeline: withSource(connection) }));
  expect(await failure()).toMatchObject({
    code: 'ConfigurationError',
    message: expect.stringContaining("Store a resource of the kind Repository with 'fullRepositoryId: team/shop'"),
  });
  await apply({ url: repository.url, fullRepositoryId: 'team/shop' });
  await client.send(new StartPipelineExecutionCommand({ name: pipelineName }));
  await vi.waitFor(async () => {
    expect((await failure())?.message).toContain("The repository team/shop has no branch 'main'.");
  }, patient);
});

test('resources of a file are stored at the start of a server', async () => {
  const repository = createRepository();
  const folder = await temporaryFolder();
  const file = join(folder, 'millrace.yaml');
  await writeFile(join(folder, 'token'), 'secret-token\n');
  const text = `repositories:\n  - name: shop\n    url: https://git.example.com/shop.git\n    password: { file: token }\n`;
  await writeFile(file, text);
  const server = await serve({ resources: file });
  const { answer } = await callOwn<{ resource: { document: string } }>(server.url, 'GetResource', {
    kind: 'Repository',
    name: 'shop',
  });
  expect(JSON.parse(answer.resource.document)).toEqual({
    url: 'https://git.example.com/shop.git',
    password: '(secret)',
  });
  expect(repository.folder).toBeTruthy();
});
