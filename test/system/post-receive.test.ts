import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreatePipelineCommand, ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import { createRepository } from '../support/git/repository.ts';
import { temporaryFolder } from '../support/machine/temporary-folder.ts';
import { pipelineName, prepareBuckets, registerJenkins, threeStages } from '../support/pipelines/scenario.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { serve } from '../support/servers/server.ts';

const patient = { timeout: 20_000, interval: 50 };

test('a push to a bare repository starts the pipeline through the printed post-receive command', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const work = createRepository();
  work.write('readme.txt', 'one');
  const first = work.commit('first');
  const bare = temporaryFolder();
  execFileSync('git', ['clone', '-q', '--bare', work.folder, bare]);
  const file = join(temporaryFolder(), 'millrace.yaml');
  const secret = 'hookSecret: a-secret-of-20-characters';
  writeFileSync(file, `repositories:\n  - name: shop\n    url: file://${bare}\n    ${secret}\n`);
  const millrace = async (...args: string[]) => {
    const { code, printed, complained } = await runMillrace(...args, '--data', server.folder);
    expect(complained).toEqual([]);
    expect(code).toBe(0);
    return printed;
  };
  await millrace('apply', '--file', file);
  const [, ...stages] = threeStages().stages;
  const source = {
    name: 'Source',
    actionTypeId: { category: 'Source' as const, owner: 'AWS' as const, provider: 'CodeCommit', version: '1' },
    configuration: { RepositoryName: 'shop', BranchName: 'main' },
    outputArtifacts: [{ name: 'MyAppBuild' }],
  };
  const pipeline = { ...threeStages(), stages: [{ name: 'Source', actions: [source] }, ...stages] };
  await client.send(new CreatePipelineCommand({ pipeline }));
  const revisions = async () => {
    const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
    return pipelineExecutionSummaries.map(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId);
  };
  await vi.waitFor(async () => expect(await revisions()).toEqual([first]), patient);

  const printed = await millrace('hooks', 'show', 'shop');
  const command = printed.find((line) => line.startsWith('  curl '))?.trim();
  const hook = join(bare, 'hooks', 'post-receive');
  writeFileSync(hook, `#!/bin/sh\n${command}\n`);
  chmodSync(hook, 0o755);
  work.write('readme.txt', 'two');
  const second = work.commit('second');
  // Not execFileSync: the server is in this process, and answers the hook meanwhile.
  const push = promisify(execFile)('git', ['push', bare, 'main', 'main:release'], { cwd: work.folder });
  expect((await push).stderr).toContain('remote: {"message":"The sources of this repository are checked now."}');
  await vi.waitFor(async () => expect(await revisions()).toEqual([second, first]), patient);
  const events = await millrace('hooks', 'events', 'shop');
  expect(events.join('\n')).toContain(`refs/heads/main  ${first.slice(0, 12)} -> ${second.slice(0, 12)}`);
  expect(events.join('\n')).toContain(`refs/heads/release  (none) -> ${second.slice(0, 12)}`);
});
