import { setTimeout as pause } from 'node:timers/promises';
import { CreatePipelineCommand, type GitConfiguration, type PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { account } from '../../requests/client-config.ts';
import type { Query } from '../row-check.ts';
import type { Target } from '../target.ts';

/** What a pipeline is started by: every push to `main`, changes of sources on feature branches, or tags. */
type Interest = 'main' | 'features' | 'tags';

export interface WatchingPipeline {
  name: string;
  repository: string;
  interest: Interest;
}

const interests: Interest[] = ['main', 'features', 'tags'];
const connectionArn = `arn:aws:codeconnections:us-east-1:${account}:connection/0a1b`;
const buckets = { artifacts: 'source-artifacts', releases: 'source-releases' };

export function watchingPipelines(repositories: string[]): WatchingPipeline[] {
  return repositories.flatMap((repository) =>
    interests.map((interest) => ({ name: `${repository}-${interest}`, repository, interest })),
  );
}

const triggers: Record<Interest, Omit<GitConfiguration, 'sourceActionName'> | undefined> = {
  main: undefined,
  features: { push: [{ branches: { includes: ['feature/**'] }, filePaths: { includes: ['src/**'] } }] },
  tags: { push: [{ tags: { includes: ['v*'] } }] },
};

function declarationOf({ name, repository, interest }: WatchingPipeline): PipelineDeclaration {
  const trigger = triggers[interest];
  const source: Record<string, string> = trigger
    ? { ConnectionArn: connectionArn, FullRepositoryId: `team/${repository}`, BranchName: 'main' }
    : { RepositoryName: repository, BranchName: 'main' };
  const typeOf = (category: 'Source' | 'Deploy', provider: string) =>
    ({ category, owner: 'AWS', provider, version: '1' }) as const;
  return {
    name,
    pipelineType: 'V2',
    executionMode: 'QUEUED',
    roleArn: `arn:aws:iam::${account}:role/source`,
    artifactStore: { type: 'S3', location: buckets.artifacts },
    ...(trigger && {
      triggers: [
        { providerType: 'CodeStarSourceConnection', gitConfiguration: { sourceActionName: 'Fetch', ...trigger } },
      ],
    }),
    stages: [
      {
        name: 'Source',
        actions: [
          {
            name: 'Fetch',
            actionTypeId: typeOf('Source', trigger ? 'CodeStarSourceConnection' : 'CodeCommit'),
            configuration: source,
            outputArtifacts: [{ name: 'Code' }],
          },
        ],
      },
      {
        name: 'Release',
        actions: [
          {
            name: 'Publish',
            actionTypeId: typeOf('Deploy', 'S3'),
            configuration: { BucketName: buckets.releases, Extract: 'false', ObjectKey: `${name}.zip` },
            inputArtifacts: [{ name: 'Code' }],
          },
        ],
      },
    ],
  };
}

/** Creates the buckets and the pipelines. */
export async function createPipelines({ persist }: Target, pipelines: WatchingPipeline[]): Promise<void> {
  for (const Bucket of Object.values(buckets)) {
    await persist(({ s3 }, options) => s3.send(new CreateBucketCommand({ Bucket }), options));
  }
  for (const pipeline of pipelines) {
    const command = new CreatePipelineCommand({ pipeline: declarationOf(pipeline) });
    const answer = await persist(({ codePipeline }, options) => codePipeline.send(command, options));
    if (answer.kind !== 'ok') throw new Error(`${pipeline.name} cannot be created: ${JSON.stringify(answer)}`);
  }
}

/** How long the first checks may take. */
const watchPatienceMs = 60_000;

/** Waits until the first check of every source has seen what was there before. */
export async function untilWatched(query: Query, expected: number): Promise<void> {
  const endsAt = Date.now() + watchPatienceMs;
  for (;;) {
    const [row] = await query('select count(*)::int as count from source_watches where seen is not null');
    if (Number(row?.count) === expected) return;
    if (Date.now() > endsAt) throw new Error(`only ${row?.count} of ${expected} sources were checked`);
    await pause(200);
  }
}
