import {
  CreatePipelineCommand,
  type GitConfiguration,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
} from '@aws-sdk/client-codepipeline';
import { expect, vi } from 'vitest';
import type { PullRequestEvent } from '../../../src/model/sources/source-ref.ts';
import { withFile } from '../databases/sqlite-file.ts';
import { pipelineName, prepareBuckets, registerJenkins, testAction, threeStages } from '../pipelines/scenario.ts';
import { callOwn } from '../requests/own-api.ts';
import { serve } from '../servers/server.ts';
import { serveGit } from './git-http-server.ts';
import { createRepository } from './repository.ts';

export const patient = { timeout: 15_000, interval: 20 };
const connectionArn = 'arn:aws:codestar-connections:us-east-1:111122223333:connection/0a1b';
const minuteMs = 61_000;

/** Due work of a check. */
interface Row {
  ready_at: number;
  is_claimed: number;
}

/** Returns a pipeline whose source is the branch `main` of a connection, perhaps with a trigger. */
export function withTrigger(
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
export async function setUpTriggered(trigger: Partial<GitConfiguration> | undefined, { isFirstChecked = true } = {}) {
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
  if (isFirstChecked) await check();
  return { server, client, repository, first, executions, started, check, lines };
}

/** Stores events as a hook of the repository does; the next check finds them. */
export async function tell(folder: string, events: PullRequestEvent[]): Promise<void> {
  await withFile(folder, (file) => {
    for (const event of events) {
      file
        .prepare(
          `insert into pull_request_events (pipeline_id, action_name, document, received_at)
           select pipeline_id, action_name, ?, 0 from source_watches`,
        )
        .run(JSON.stringify(event));
    }
  });
}
