import {
  type ActionDeclaration,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  type ExecutionMode,
  type PipelineDeclaration,
} from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { account } from '../requests/client-config.ts';
import { contentOf } from './content.ts';
import type { Target } from './target.ts';

export const sourceBucket = 'mill-source';
const artifactBucket = 'mill-artifacts';
export const releaseBucket = 'mill-releases';

export const depotType = { category: 'Source', owner: 'Custom', provider: 'Depot', version: '1' } as const;
export const millType = { category: 'Build', owner: 'Custom', provider: 'Mill', version: '1' } as const;
const s3Source = { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' } as const;
const s3Deploy = { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' } as const;
const approval = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;

/** The kinds of pipelines: real objects through built-in actions, many parallel actions, an approval. */
export type MillKind = 'files' | 'wide' | 'gated';

export interface Mill {
  name: string;
  kind: MillKind;
  mode: ExecutionMode;
}

const modes: ExecutionMode[] = ['SUPERSEDED', 'QUEUED', 'PARALLEL'];

/** Returns pipelines of these kinds, in all modes. */
export function mills(count: number, kinds: MillKind[] = ['files', 'wide', 'gated']): Mill[] {
  return Array.from({ length: count }, (_, number) => ({
    name: `mill-${number}`,
    mode: modes[number % modes.length] ?? 'QUEUED',
    kind: kinds[Math.floor(number / modes.length) % kinds.length] ?? 'wide',
  }));
}

/** Whether the artifacts of a worker's action are real objects. */
function work(name: string, parts: { runOrder?: number; inputs?: string[]; outputs?: string[]; isReal?: boolean }) {
  const { runOrder = 1, inputs = ['Code'], outputs = [], isReal = false } = parts;
  return {
    name,
    runOrder,
    actionTypeId: millType,
    configuration: { Artifacts: isReal ? 'real' : 'none' },
    inputArtifacts: inputs.map((artifact) => ({ name: artifact })),
    outputArtifacts: outputs.map((artifact) => ({ name: artifact })),
  };
}

const fetchCode: ActionDeclaration = {
  name: 'Fetch',
  actionTypeId: depotType,
  configuration: { Artifacts: 'none' },
  outputArtifacts: [{ name: 'Code' }],
};

const ship = { name: 'Ship', actions: [work('Send', {})] };

const stagesOf: Record<MillKind, (name: string) => PipelineDeclaration['stages']> = {
  files: (name) => [
    {
      name: 'Source',
      actions: [
        {
          name: 'Fetch',
          actionTypeId: s3Source,
          configuration: { S3Bucket: sourceBucket, S3ObjectKey: name, PollForSourceChanges: 'false' },
          outputArtifacts: [{ name: 'Code' }],
        },
      ],
    },
    {
      name: 'Work',
      actions: [work('Pack', { outputs: ['Package'], isReal: true }), work('Check', { isReal: true })],
    },
    {
      name: 'Ship',
      actions: [
        {
          name: 'Send',
          actionTypeId: s3Deploy,
          configuration: { BucketName: releaseBucket, Extract: 'false', ObjectKey: name },
          inputArtifacts: [{ name: 'Package' }],
        },
      ],
    },
  ],
  wide: () => [
    { name: 'Source', actions: [fetchCode] },
    { name: 'Work', actions: [work('One', {}), work('Two', {}), work('Three', {}), work('Last', { runOrder: 2 })] },
    ship,
  ],
  gated: () => [
    { name: 'Source', actions: [fetchCode] },
    { name: 'Work', actions: [work('Pack', {}), { name: 'Ask', actionTypeId: approval, runOrder: 2 }] },
    ship,
  ],
};

function declare({ name, kind, mode }: Mill): PipelineDeclaration {
  return {
    name,
    roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
    artifactStore: { type: 'S3', location: artifactBucket },
    executionMode: mode,
    pipelineType: 'V2',
    stages: stagesOf[kind](name),
  };
}

/** Returns the label of a pipeline's first source. */
export function sourceLabel(name: string, number: number): string {
  return `source ${name} ${number}`;
}

/** Creates types, buckets, sources and pipelines, each of which starts once. */
export async function prepareMills(target: Target, all: Mill[]): Promise<void> {
  const must = async (call: Parameters<Target['ask']>[0]): Promise<void> => {
    const answer = await target.ask(call);
    if (answer.kind !== 'ok') throw new Error(`the mills could not be made: ${JSON.stringify(answer)}`);
  };
  for (const { category, provider, version } of [depotType, millType]) {
    const artifacts = { minimumCount: 0, maximumCount: category === 'Source' ? 0 : 5 };
    const configurationProperties = [{ name: 'Artifacts', required: true, key: true, secret: false }];
    const outputArtifactDetails = { minimumCount: 0, maximumCount: 5 };
    const type = { category, provider, version, configurationProperties, outputArtifactDetails };
    const command = new CreateCustomActionTypeCommand({ ...type, inputArtifactDetails: artifacts });
    await must(({ codePipeline }) => codePipeline.send(command));
  }
  const files = all.filter(({ kind }) => kind === 'files');
  for (const Bucket of files.length > 0 ? [sourceBucket, artifactBucket, releaseBucket] : []) {
    await must(({ s3 }) => s3.send(new CreateBucketCommand({ Bucket })));
  }
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  if (files.length > 0) {
    const versioned = { Bucket: sourceBucket, VersioningConfiguration };
    await must(({ s3 }) => s3.send(new PutBucketVersioningCommand(versioned)));
  }
  for (const { name } of files) {
    const source = { Bucket: sourceBucket, Key: name, Body: contentOf(sourceLabel(name, 0), 5000) };
    await must(({ s3 }) => s3.send(new PutObjectCommand(source)));
  }
  for (const mill of all) {
    await must(({ codePipeline }) => codePipeline.send(new CreatePipelineCommand({ pipeline: declare(mill) })));
  }
}
