import { CreatePipelineCommand, ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { expect, test, vi } from 'vitest';
import { withFile } from '../support/databases/sqlite-file.ts';
import { createRepository } from '../support/git/repository.ts';
import { pipelineName, prepareBuckets, registerJenkins, threeStages } from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, clientConfig, region, serve } from '../support/servers/server.ts';

const patient = { timeout: 15_000, interval: 20 };

/** The pattern of the rule that the console and CDK make for a CodeCommit source. */
const patternOf = (repository: string, branch: string) =>
  JSON.stringify({
    source: ['aws.codecommit'],
    'detail-type': ['CodeCommit Repository State Change'],
    resources: [`arn:aws:codecommit:${region}:${account}:${repository}`],
    detail: { event: ['referenceCreated', 'referenceUpdated'], referenceType: ['branch'], referenceName: [branch] },
  });

test('a push to a declared repository starts the pipelines of the rules that name it, once', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const events = new EventBridgeClient(clientConfig(server.url));
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const repository = createRepository();
  repository.write('a', '1');
  repository.commit('first');
  const resources = ['shop', 'other'].map((name) => ({
    kind: 'Repository',
    name,
    document: JSON.stringify({ url: name === 'shop' ? repository.url : 'https://127.0.0.1:1/other.git' }),
  }));
  expect(await callOwn(server.url, 'ApplyResources', { resources })).toMatchObject({ status: 200 });
  await client.send(new CreatePipelineCommand({ pipeline: { ...threeStages(), executionMode: 'QUEUED' } }));
  await events.send(new PutRuleCommand({ Name: 'pushes', EventPattern: patternOf('shop', 'main') }));
  const target = {
    Id: 'shop',
    Arn: `arn:aws:codepipeline:${region}:${account}:${pipelineName}`,
    RoleArn: `arn:aws:iam::${account}:role/events`,
  };
  await events.send(new PutTargetsCommand({ Rule: 'pushes', Targets: [target] }));
  await vi.waitFor(async () => {
    await withFile(server.folder, (file) => {
      const read = file.prepare('select name from watched_repositories where refs is not null');
      expect(read.all()).toMatchObject([{ name: 'shop' }]);
    });
  }, patient);
  const started = async () => {
    const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
    return pipelineExecutionSummaries.filter(({ trigger }) => trigger?.triggerType === 'CloudWatchEvent').length;
  };
  const untilStarted = (count: number) => vi.waitFor(async () => expect(await started()).toBe(count), patient);
  repository.write('a', '2');
  repository.commit('second');
  repository.git('branch', 'topic');
  expect(await started()).toBe(0);
  server.clock.advance(61_000);
  await untilStarted(1);
  await server.restart();
  repository.write('a', '3');
  repository.commit('third');
  server.clock.advance(61_000);
  await untilStarted(2);
});
