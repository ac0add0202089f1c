import { join } from 'node:path';
import { CreatePipelineCommand, ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDatabase } from '../support/databases/postgres-database.ts';
import { serveGit } from '../support/git/git-http-server.ts';
import { createRepository } from '../support/git/repository.ts';
import { patient, withTrigger } from '../support/git/triggered-pipeline.ts';
import { pipelineName, prepareBuckets, registerJenkins } from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { rootKey, serve } from '../support/servers/server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

const pushes = 4;

test('two nodes start one execution for each branch and tag that moved, while one of them restarts', {
  timeout: 90_000,
}, async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const artifactStore = await serve();
  const shared = {
    databaseUrl: database.url,
    artifactStore: artifactStore.url,
    artifactStoreAccessKeyId: rootKey.accessKeyId,
    artifactStoreSecretAccessKey: rootKey.secretAccessKey,
    masterKeys: join(await temporaryFolder(), 'keys.json'),
  };
  const first = await serve(shared);
  const second = await serve(shared);
  const client = first.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(first.s3());
  const repository = createRepository();
  const { url } = await serveGit(repository.folder);
  repository.write('a', '0');
  repository.commit('first');
  const document = JSON.stringify({ url: `${url}/.git`, fullRepositoryId: 'team/shop' });
  await callOwn(first.url, 'ApplyResources', { resources: [{ kind: 'Repository', name: 'shop', document }] });
  const trigger = { push: [{ branches: { includes: ['**'] } }, { tags: { includes: ['v*'] } }] };
  await client.send(new CreatePipelineCommand({ pipeline: withTrigger(trigger) }));
  const started = async () => {
    const { pipelineExecutionSummaries: found = [] } = await client.send(
      new ListPipelineExecutionsCommand({ pipelineName }),
    );
    return found.map(({ trigger: cause, sourceRevisions }) => ({
      detail: cause?.triggerType === 'WebhookV2' ? JSON.parse(cause.triggerDetail ?? '') : undefined,
      revision: sourceRevisions?.[0]?.revisionId,
    }));
  };
  await vi.waitFor(async () => expect((await started())[0]?.revision).toBeDefined(), patient);
  const advance = () => {
    for (const node of [first, second]) node.clock.advance(61_000);
  };
  const expected: string[] = [];
  for (let push = 1; push <= pushes; push += 1) {
    repository.write('a', `${push}`);
    const commit = repository.commit(`${push}`);
    repository.git('branch', `b${push}`);
    repository.git('tag', '-a', `v${push}`, '-m', 'note');
    for (const name of ['main', `b${push}`, `v${push}`]) expected.push(`${name} ${commit}`);
    advance();
    if (push === 2) await second.restart();
    await vi.waitFor(async () => {
      // A check that waits for the first execution is due again soon.
      advance();
      const found = (await started()).flatMap(({ detail }) => detail ?? []);
      const names = found.map((detail) => `${detail['branch-name'] ?? detail['tag-name']} ${detail['commit-id']}`);
      expect(names.sort()).toEqual([...expected].sort());
    }, patient);
  }
});
