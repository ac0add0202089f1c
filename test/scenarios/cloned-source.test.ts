import { type ActionDeclaration, CreatePipelineCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { claimBuild } from '../support/builds/scripted-runner.ts';
import { createRepository } from '../support/git/repository.ts';
import { prepareBuckets, threeStages } from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { serve } from '../support/servers/server.ts';

test('a source with the output format CODEBUILD_CLONE_REF gives builds the commit of its execution', async () => {
  const repository = createRepository();
  repository.write('app.txt', 'first');
  const commit = repository.commit('first');
  const server = await serve();
  await prepareBuckets(server.s3());
  const resources = [
    {
      kind: 'Repository',
      name: 'shop',
      document: JSON.stringify({ url: repository.url, fullRepositoryId: 'team/shop' }),
    },
    { kind: 'Project', name: 'shop', document: '{}' },
  ];
  expect(await callOwn(server.url, 'ApplyResources', { resources })).toMatchObject({ status: 200 });
  const source: ActionDeclaration = {
    name: 'Source',
    actionTypeId: { category: 'Source', owner: 'AWS', provider: 'CodeCommit', version: '1' },
    configuration: { RepositoryName: 'shop', BranchName: 'main', OutputArtifactFormat: 'CODEBUILD_CLONE_REF' },
    outputArtifacts: [{ name: 'Code' }],
  };
  const build: ActionDeclaration = {
    name: 'Compile',
    actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' },
    configuration: { ProjectName: 'shop' },
    inputArtifacts: [{ name: 'Code' }],
  };
  const stages = [
    { name: 'Source', actions: [source] },
    { name: 'Build', actions: [build] },
  ];
  await server.codePipeline().send(new CreatePipelineCommand({ pipeline: { ...threeStages(), stages } }));
  const claimed = await claimBuild(server.url);
  expect(claimed.order).toMatchObject({ source: { type: 'S3' }, resolvedSourceVersion: commit });
  expect(await claimed.readSource()).toContain('app.txt');
});
