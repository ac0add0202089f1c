import { CreatePipelineCommand, UpdatePipelineCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { registerJenkins, sourceAction, threeStages } from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

test('300 pipelines may poll their source; others and updates are not counted', async () => {
  const client = (await serve()).codePipeline();
  await registerJenkins(client);
  const declare = (name: string, poll: 'polls' | 'quiet') => {
    const { stages, ...members } = threeStages();
    const PollForSourceChanges = poll === 'polls' ? 'true' : 'false';
    const source = { ...sourceAction, configuration: { ...sourceAction.configuration, PollForSourceChanges } };
    return { ...members, name, stages: [{ name: 'Source', actions: [source] }, ...stages.slice(1)] };
  };
  const create = (name: string, poll: 'polls' | 'quiet') =>
    client.send(new CreatePipelineCommand({ pipeline: declare(name, poll) }));
  const update = (name: string, poll: 'polls' | 'quiet') =>
    client.send(new UpdatePipelineCommand({ pipeline: declare(name, poll) }));
  await Promise.all(Array.from({ length: 300 }, (_, index) => create(`polling-${index}`, 'polls')));
  await create('quiet', 'quiet');
  const full = {
    name: 'LimitExceededException',
    message: 'Maximum number of pipelines using periodic source checks in account (300) exceeded.',
  };
  await expect(create('one-more', 'polls')).rejects.toMatchObject(full);
  await expect(update('quiet', 'polls')).rejects.toMatchObject(full);
  await update('polling-1', 'polls');
  await update('polling-2', 'quiet');
  await update('quiet', 'polls');
  await expect(update('nobody', 'polls')).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
});

test('quotas are settings: if one pipeline is allowed, the second is LimitExceededException', async () => {
  const server = await serve({ quotaPipelines: 1 });
  const client = server.codePipeline();
  await registerJenkins(client);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  await expect(
    client.send(new CreatePipelineCommand({ pipeline: { ...threeStages(), name: 'another' } })),
  ).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Maximum number of pipelines in account (1) exceeded.',
  });
});
