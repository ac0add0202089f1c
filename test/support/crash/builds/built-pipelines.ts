import { buffer } from 'node:stream/consumers';
import { CreateProjectCommand } from '@aws-sdk/client-codebuild';
import { type ActionDeclaration, CreatePipelineCommand, type PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { packFolder } from '../../../../src/worker/archives/pack-folder.ts';
import { account } from '../../requests/client-config.ts';
import type { Target } from '../target.ts';

/** An argument by which everything that builds start is found. */
export const witness = '47123.5';

const buckets = { source: 'built-source', artifacts: 'built-artifacts' };
const sourceKey = 'source.zip';

/** The first build leaves a process behind, an artifact and a variable; each phase takes a while, so that kills hit it. */
const pack = `version: 0.2
env:
  exported-variables: [TAG]
phases:
  install: { commands: [sleep 0.15] }
  pre_build: { commands: ["(sleep ${witness} &)", sleep 0.15] }
  build:
    commands:
      - TAG="tag of $EXECUTION"
      - cp source.txt package.txt; echo "$EXECUTION" >> package.txt
      - sleep 0.3
  post_build: { commands: [sleep 0.15] }
artifacts: { files: package.txt }
`;

/** The second one fails if anything of the first was lost or mixed up. */
const check = `version: 0.2
phases:
  build:
    commands:
      - sleep 0.2
      - test "$TAG" = "tag of $EXECUTION"
      - grep -qxF "the source" package.txt
      - grep -qxF "$EXECUTION" package.txt
`;

const projects = { pack, check };

/** Returns the names of pipelines whose actions are builds. */
export function builtPipelines(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `built-${number}`);
}

/** Creates the source, the projects and the pipelines; `folder` has the files of the source. */
export async function createBuiltPipelines(target: Target, folder: string, names: string[]): Promise<void> {
  const { persist } = target;
  for (const Bucket of Object.values(buckets)) {
    await persist(({ s3 }, options) => s3.send(new CreateBucketCommand({ Bucket }), options));
  }
  const versioning = { Bucket: buckets.source, VersioningConfiguration: { Status: 'Enabled' } } as const;
  await persist(({ s3 }, options) => s3.send(new PutBucketVersioningCommand(versioning), options));
  const Body = await buffer(await packFolder(folder));
  const put = { Bucket: buckets.source, Key: sourceKey, Body };
  await persist(({ s3 }, options) => s3.send(new PutObjectCommand(put), options));
  for (const [name, buildspec] of Object.entries(projects)) {
    const project = {
      name,
      source: { type: 'CODEPIPELINE', buildspec },
      artifacts: { type: 'CODEPIPELINE' },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/standard:7.0',
        computeType: 'BUILD_GENERAL1_SMALL',
      },
      serviceRole: `arn:aws:iam::${account}:role/build`,
    } as const;
    const answer = await persist(({ codeBuild }, options) =>
      codeBuild.send(new CreateProjectCommand(project), options),
    );
    if (answer.kind !== 'ok') throw new Error(`the project ${name} cannot be created: ${JSON.stringify(answer)}`);
  }
  for (const name of names) {
    const command = new CreatePipelineCommand({ pipeline: declarationOf(name) });
    const answer = await persist(({ codePipeline }, options) => codePipeline.send(command, options));
    if (answer.kind !== 'ok') throw new Error(`${name} cannot be created: ${JSON.stringify(answer)}`);
  }
}

function buildAction(project: string, more: Partial<ActionDeclaration>, tag: { value: string } | undefined) {
  const variables = [
    { name: 'EXECUTION', value: '#{codepipeline.PipelineExecutionId}' },
    ...(tag ? [{ name: 'TAG', value: tag.value }] : []),
  ];
  return {
    name: project,
    actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' },
    configuration: { ProjectName: project, EnvironmentVariables: JSON.stringify(variables) },
    ...more,
  } as ActionDeclaration;
}

function declarationOf(name: string): PipelineDeclaration {
  return {
    name,
    pipelineType: 'V2',
    executionMode: 'PARALLEL',
    roleArn: `arn:aws:iam::${account}:role/built`,
    artifactStore: { type: 'S3', location: buckets.artifacts },
    stages: [
      {
        name: 'Source',
        actions: [
          {
            name: 'Fetch',
            actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' },
            configuration: { S3Bucket: buckets.source, S3ObjectKey: sourceKey, PollForSourceChanges: 'false' },
            outputArtifacts: [{ name: 'Code' }],
          },
        ],
      },
      {
        name: 'Pack',
        actions: [
          buildAction(
            'pack',
            { namespace: 'Packed', inputArtifacts: [{ name: 'Code' }], outputArtifacts: [{ name: 'Package' }] },
            undefined,
          ),
        ],
      },
      {
        name: 'Check',
        actions: [buildAction('check', { inputArtifacts: [{ name: 'Package' }] }, { value: '#{Packed.TAG}' })],
      },
    ],
  };
}
