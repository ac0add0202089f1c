import {
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  type PipelineDeclaration,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { unzip } from '../support/git/repository.ts';
import { createImage } from '../support/images/image.ts';
import { serveImages } from '../support/images/image-registry.ts';
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

function withImage(configuration: Record<string, string>): PipelineDeclaration {
  const source = {
    name: 'Source',
    actionTypeId: { category: 'Source', owner: 'AWS', provider: 'ECR', version: '1' } as const,
    configuration,
    outputArtifacts: [{ name: 'MyAppBuild' }],
  };
  const [, ...stages] = threeStages({ ...testAction, outputArtifacts: [{ name: 'TestReport' }] }).stages;
  return { ...threeStages(), pipelineType: 'V2', stages: [{ name: 'Source', actions: [source] }, ...stages] };
}

async function setUp() {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  const s3 = server.s3();
  await prepareBuckets(s3);
  const registry = await serveImages();
  const apply = (documents: Record<string, object>) => {
    const resources = Object.entries(documents).map(([name, document]) => {
      return { kind: 'Registry', name, document: JSON.stringify(document) };
    });
    return callOwn(server.url, 'ApplyResources', { resources });
  };
  /** Waits until the newest source action has taken a digest, and returns what it wrote. */
  const taken = (digest: string) =>
    vi.waitFor(async () => {
      const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
      const action = actionExecutionDetails.find(({ actionName }) => actionName === 'Source');
      expect(action?.output?.executionResult?.externalExecutionId).toBe(digest);
      const { bucket, key } = action?.output?.outputArtifacts?.[0]?.s3location ?? {};
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const files = await unzip(Buffer.from((await object.Body?.transformToByteArray()) ?? []));
      return { action, detail: JSON.parse(files['imageDetail.json'] ?? '') as Record<string, unknown> };
    }, patient);
  const failure = () =>
    vi.waitFor(async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
      const latest = stageStates?.[0]?.actionStates?.[0]?.latestExecution;
      expect(latest?.status).toBe('Failed');
      return latest?.errorDetails;
    }, patient);
  return { client, registry, apply, taken, failure };
}

test('an execution takes the image of its tag, or of the digest that its start names', async () => {
  const { client, registry, apply, taken, failure } = await setUp();
  const [older, newer] = [createImage(['1']), createImage(['2'])];
  registry.put('team/shop', older);
  registry.put('team/shop', newer, 'latest');
  await client.send(new CreatePipelineCommand({ pipeline: withImage({ RepositoryName: 'team/shop' }) }));
  expect(await failure()).toEqual({
    code: 'ConfigurationError',
    message: expect.stringContaining("Where the repository 'team/shop' is has not been declared."),
  });
  // Of several registries the one that names the repository has it, then the one with the longest folder.
  const elsewhere = { url: 'http://127.0.0.1:1' };
  await apply({
    rest: elsewhere,
    folder: { ...elsewhere, repositories: ['team/*'] },
    images: { url: registry.url, repositories: ['other', 'team/shop'] },
  });
  await client.send(new StartPipelineExecutionCommand({ name: pipelineName }));
  const { action, detail } = await taken(newer.digest);
  expect(detail).toMatchObject({ ImageURI: `${registry.host}/team/shop@${newer.digest}`, ImageTags: ['latest'] });
  expect(action?.output?.outputVariables).toMatchObject({ ImageDigest: newer.digest, ImageTag: 'latest' });
  const sourceRevisions = [
    { actionName: 'Source', revisionType: 'IMAGE_DIGEST' as const, revisionValue: older.digest },
  ];
  await client.send(new StartPipelineExecutionCommand({ name: pipelineName, sourceRevisions }));
  expect((await taken(older.digest)).detail).toMatchObject({ ImageDigest: older.digest, ImageTags: [] });
});
