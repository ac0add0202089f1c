import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ActionDeclaration,
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { CodeStarConnectionsClient, CreateConnectionCommand } from '@aws-sdk/client-codestar-connections';
import { expect, test, vi } from 'vitest';
import { createRepository } from '../support/git/repository.ts';
import { pipelineName, prepareBuckets, registerJenkins, threeStages } from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { clientConfig, serve } from '../support/servers/server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

const patient = { timeout: 15_000, interval: 20 };

/** Starts a server with a pipeline whose source is the repository `team/shop` of a connection that was just created. */
async function setUp() {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const connections = new CodeStarConnectionsClient(clientConfig(server.url));
  const { ConnectionArn = '' } = await connections.send(
    new CreateConnectionCommand({ ConnectionName: 'lab', ProviderType: 'GitLab' }),
  );
  const [, ...stages] = threeStages().stages;
  const configuration = { ConnectionArn, FullRepositoryId: 'team/shop', BranchName: 'main' };
  const source: ActionDeclaration = {
    name: 'Source',
    actionTypeId: { category: 'Source', owner: 'AWS', provider: 'CodeStarSourceConnection', version: '1' },
    configuration,
    outputArtifacts: [{ name: 'MyAppBuild' }],
  };
  await client.send(
    new CreatePipelineCommand({
      pipeline: { ...threeStages(), stages: [{ name: 'Source', actions: [source] }, ...stages] },
    }),
  );
  const sourceState = async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    return stageStates?.[0]?.actionStates?.[0]?.latestExecution;
  };
  const apply = async (kind: string, document: object) => {
    const resources = [{ kind, name: 'lab', document: JSON.stringify(document) }];
    expect(await callOwn(server.url, 'ApplyResources', { resources })).toMatchObject({ status: 200 });
  };
  const start = () => client.send(new StartPipelineExecutionCommand({ name: pipelineName }));
  const variables = async () => {
    const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
    return actionExecutionDetails.find(({ actionName }) => actionName === 'Source')?.output?.outputVariables;
  };
  return { ConnectionArn, sourceState, apply, start, variables };
}

test('a source fails while its connection is PENDING, and the host of the connection is read at once when it is declared', async () => {
  const { ConnectionArn, sourceState, apply, variables } = await setUp();
  await vi.waitFor(async () => {
    expect((await sourceState())?.errorDetails).toEqual({
      code: 'ConfigurationError',
      message: expect.stringContaining(`The connection ${ConnectionArn} is not available: it is PENDING.`),
    });
  }, patient);
  const repository = createRepository();
  repository.write('a', '1');
  const commit = repository.commit('first');
  const host = await temporaryFolder();
  await mkdir(join(host, 'team'));
  await symlink(repository.folder, join(host, 'team', 'shop.git'));
  await apply('Connection', { arn: ConnectionArn, providerType: 'GitLab', url: `file://${host}/` });
  await vi.waitFor(async () => expect((await sourceState())?.status).toBe('Succeeded'), patient);
  expect(await variables()).toMatchObject({ CommitId: commit, ConnectionArn, ProviderType: 'GitLab' });
});

test('a source of a created connection reports its provider type when a repository for any connection is declared', async () => {
  const { sourceState, apply, start, variables } = await setUp();
  const repository = createRepository();
  repository.write('a', '1');
  repository.commit('first');
  await apply('Repository', { url: repository.url, fullRepositoryId: 'team/shop' });
  await start();
  await vi.waitFor(async () => expect((await sourceState())?.status).toBe('Succeeded'), patient);
  expect(await variables()).toMatchObject({ ProviderType: 'GitLab' });
});
