import { join } from 'node:path';
import {
  type ActionTypeId,
  CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  DeleteCustomActionTypeCommand,
  PollForJobsCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { createAccessKeys } from '../../../src/identity/access-keys/access-key.ts';
import { loadOrCreateMasterKeys } from '../../../src/identity/secrets/master-key.ts';
import { createSealer } from '../../../src/identity/secrets/sealer.ts';
import { openEmbeddedStore } from '../../../src/store/open.ts';
import {
  account,
  clientConfig,
  type Keys,
  region,
  rootKey,
  serve,
  type TestServer,
} from '../../support/servers/server.ts';

const details = { minimumCount: 0, maximumCount: 1 };
const type = { category: 'Source', provider: 'Depot', version: '1' } as const;
const actionTypeId: ActionTypeId = { ...type, owner: 'Custom' };
const declaration = { ...type, inputArtifactDetails: details, outputArtifactDetails: details };
const otherAccount = '210987654321';
const otherRegion = 'eu-west-1';

/** An account in a region with its workers, which all poll with the same bytes. */
function setUp(server: TestServer, owner: { account: string; region: string; keys: Keys }) {
  const client = new CodePipelineClient({ ...clientConfig(server.url, owner.keys), region: owner.region });
  const approval = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
  return {
    register: () => client.send(new CreateCustomActionTypeCommand(declaration)),
    remove: () => client.send(new DeleteCustomActionTypeCommand(type)),
    /** Creates a pipeline, whose first execution queues one job of the type. */
    offerJob: (name: string) =>
      client.send(
        new CreatePipelineCommand({
          pipeline: {
            name,
            roleArn: `arn:aws:iam::${owner.account}:role/pipeline`,
            artifactStore: { type: 'S3', location: 'artifacts' },
            stages: [
              { name: 'Fetch', actions: [{ name: 'Fetch', actionTypeId, outputArtifacts: [{ name: 'Fetched' }] }] },
              { name: 'Check', actions: [{ name: 'Check', actionTypeId: approval }] },
            ],
          },
        }),
      ),
    /** Returns the pipelines whose jobs a poll returns. */
    async poll() {
      const { jobs = [] } = await client.send(new PollForJobsCommand({ actionTypeId, maxBatchSize: 10 }));
      return jobs.map(({ data }) => data?.pipelineContext?.pipelineArn);
    },
    arnOf: (name: string) => `arn:aws:codepipeline:${owner.region}:${owner.account}:${name}`,
  };
}

/** Inserts a root key of another account into the state of a stopped server. */
async function addAccount(server: TestServer): Promise<Keys> {
  let keys: Keys | undefined;
  await server.restart(async () => {
    const store = await openEmbeddedStore(server.folder, Date.now);
    const sealer = createSealer(loadOrCreateMasterKeys(join(server.folder, 'master-keys.json')));
    const accessKeys = createAccessKeys({ store: store.accessKeys, sealer, now: Date.now });
    keys = await accessKeys.create({ account: otherAccount, name: 'root', isRoot: true });
    await store.close();
  });
  if (!keys) throw new Error('no key was made');
  return { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey };
}

test('the same poll returns only the jobs of its own account and region', async () => {
  const server = await serve();
  const otherKeys = await addAccount(server);
  const scopes = [
    setUp(server, { account, region, keys: rootKey }),
    setUp(server, { account, region: otherRegion, keys: rootKey }),
    setUp(server, { account: otherAccount, region, keys: otherKeys }),
    setUp(server, { account: otherAccount, region: otherRegion, keys: otherKeys }),
  ];
  for (const scope of scopes) await scope.register();
  for (const scope of scopes) expect(await scope.poll()).toEqual([]);
  for (const scope of scopes) {
    await scope.offerJob('Mill');
    for (const other of scopes.filter((each) => each !== scope)) expect(await other.poll()).toEqual([]);
    expect(await scope.poll()).toEqual([scope.arnOf('Mill')]);
    expect(await scope.poll()).toEqual([]);
  }
  for (const scope of scopes) await scope.offerJob('Mill2');
  for (const scope of scopes.toReversed()) expect(await scope.poll()).toEqual([scope.arnOf('Mill2')]);
});

test('a type deleted and created again in one region is separate, and the same poll finds its jobs', async () => {
  const server = await serve();
  const here = setUp(server, { account, region, keys: rootKey });
  const there = setUp(server, { account, region: otherRegion, keys: rootKey });
  for (const scope of [here, there]) await scope.register();
  for (const scope of [here, there]) expect(await scope.poll()).toEqual([]);
  await here.remove();
  await expect(here.poll()).rejects.toThrow('is not available');
  await there.offerJob('Mill');
  expect(await there.poll()).toEqual([there.arnOf('Mill')]);
  await here.register();
  expect(await here.poll()).toEqual([]);
  await here.offerJob('Mill');
  expect(await here.poll()).toEqual([here.arnOf('Mill')]);
});
